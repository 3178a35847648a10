/** Software RAID: /proc/mdstat, drivers/md/md.c md_seq_show(). */

/** One array. */
export interface RaidArray {
  readonly name: string;
  readonly active: boolean;
  /** "raid1", "raid5" …; "" where the kernel names none. */
  readonly level: string;
  /** Members that it should have and has; 0 and 0 where the level has none to lose. */
  readonly wanted: number;
  readonly present: number;
  /** Members marked as failed. */
  readonly failed: readonly string[];
  /** "recovery", "resync", "check", "reshape" or "", with how far it is in percent. */
  readonly doing: string;
  readonly percent: number;
}

/** Every array; lines that belong to none are left out, as the file is made for people. */
export function parseMdstat(text: string): readonly RaidArray[] {
  const arrays: RaidArray[] = [];
  for (const line of text.split('\n')) {
    const head =
      /^(md\S*) : (active|inactive)(?: \((?:auto-)?read-only\))?(?: (raid\d+|linear|multipath|faulty))?(.*)$/.exec(
        line,
      );
    if (head !== null) arrays.push(newArray(head));
    else {
      const last = arrays.pop();
      if (last !== undefined) arrays.push(withLine(last, line));
    }
  }
  return arrays;
}

function newArray([, name = '', active, level = '', members = '']: RegExpExecArray): RaidArray {
  const failed = [...members.matchAll(/ (\S+)\[\d+\]\(F\)/g)].map(([, member = '']) => member);
  return { name, active: active === 'active', level, wanted: 0, present: 0, failed, doing: '', percent: 0 };
}

function withLine(array: RaidArray, line: string): RaidArray {
  const counts = /\[(\d{1,5})\/(\d{1,5})\] \[[U_]+\]/.exec(line);
  const work =
    /(recovery|resync|check|reshape)\s*=\s*(\d{1,3}(?:\.\d)?)%/.exec(line) ??
    /(resync|recovery)=(?:DELAYED|PENDING)/.exec(line);
  return {
    ...array,
    ...(counts && { wanted: Number(counts[1]), present: Number(counts[2]) }),
    ...(work && { doing: work[1] ?? '', percent: Number(work[2] ?? 0) }),
  };
}
