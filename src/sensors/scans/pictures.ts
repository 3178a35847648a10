/** Pictures of scans that are over: when which port was tried. Kept over restarts; no evidence, so what is lost is lost. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { Row } from '#model/table.ts';
import type { ShownScan } from '#model/verbs.ts';
import { thinned } from './track.ts';

type Dots = ShownScan['dots'];

/** Scans of which one is kept; the one that ended first goes. */
const MAX_PICTURES = 300;
/** Dots of each, evenly thinned: at most 5 kB. */
const MAX_DOTS = 300;
const MAX_NAME = 300;

export class Pictures {
  /** As text: a tenth of what the arrays would take. */
  readonly #kept = new BoundedMap<string, string>(MAX_PICTURES);
  dirty = false;

  /** `row` is the last row of the scan, or what its alert says of it. */
  keep(row: Row, dots: Dots): void {
    const name = nameOf(row);
    if (name === '' || dots.length === 0) return;
    this.#kept.set(name, textOf(dots));
    this.dirty = true;
  }

  of(row: Row): Dots | undefined {
    const text = this.#kept.get(nameOf(row));
    return text === undefined ? undefined : dotsOf(text);
  }

  /** One line a scan, the oldest first. */
  text(): string {
    return [...this.#kept.entries()].map(([name, dots]) => `${name}\t${dots}\n`).join('');
  }

  /** Takes over what was written; lines that are none of ours are left out. */
  load(text: string): void {
    for (const line of text.split('\n').slice(-MAX_PICTURES - 1)) {
      const [name = '', dots = ''] = line.split('\t');
      if (name !== '' && name.length <= MAX_NAME && dotsOf(dots).length > 0) this.#kept.set(name, dots);
    }
  }
}

/** Which scan: who, how, and when it began. "" for a row that is none. */
function nameOf({ namespace, form, source, firstMs }: Row): string {
  if (typeof source !== 'string' || typeof firstMs !== 'number') return '';
  return `${String(namespace)} ${String(form)} ${source} ${firstMs}`.replace(/[\t\n]/g, ' ').slice(0, MAX_NAME);
}

function textOf(dots: Dots): string {
  let few: Dots = dots;
  while (few.length > MAX_DOTS) few = thinned(few);
  return few.map((dot) => dot.map((part) => part.toString(36)).join('.')).join(' ');
}

function dotsOf(text: string): Dots {
  return text
    .split(' ')
    .slice(0, MAX_DOTS)
    .flatMap((dot) => {
      const [afterMs, lane, port, ...more] = dot.split('.').map((part) => numberOf(part));
      if (afterMs === undefined || lane === undefined || port === undefined || more.length > 0) return [];
      return lane <= 2 && port <= 65_535 ? [[afterMs, lane, port] as const] : [];
    });
}

function numberOf(text: string): number | undefined {
  return /^[0-9a-z]{1,10}$/.test(text)
    ? parseUint(String(Number.parseInt(text, 36)), Number.MAX_SAFE_INTEGER)
    : undefined;
}
