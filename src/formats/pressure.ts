/** What the kernel says of shortage: /proc/pressure/*, Documentation/accounting/psi.rst. */

export interface Pressure {
  /** Percent of the last five minutes in which at least one task waited. */
  readonly some300: number;
  /** Percent in which all did: nothing went on. 0 where the kernel does not tell (cpu). */
  readonly full300: number;
}

const LINE = /^(some|full) avg10=[\d.]{1,8} avg60=[\d.]{1,8} avg300=(\d{1,3}\.\d{2}) total=\d{1,20}$/gm;

/** Undefined where the text is none. */
export function parsePressure(text: string): Pressure | undefined {
  const found = new Map([...text.matchAll(LINE)].map(([, kind = '', percent = '']) => [kind, Number(percent)]));
  const some300 = found.get('some');
  return some300 === undefined ? undefined : { some300, full300: found.get('full') ?? 0 };
}
