/** What differs between two texts, line by line, as diff -u shows it; bounded in work and in length. */

export interface DiffBounds {
  /** Lines of what surrounds a difference. */
  readonly context: number;
  /** Lines told; of more it is said how many. */
  readonly lines: number;
  /** Characters of a line that are told. */
  readonly width: number;
}

const usual: DiffBounds = { context: 2, lines: 60, width: 200 };
/** Edits looked for; texts that differ more are told as all gone and all new. The work grows with its square. */
const MAX_EDITS = 300;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** "" when they are the same. Line numbers are those of the texts; there is no header with names. */
export function unifiedDiff(before: string, after: string, bounds: DiffBounds = usual): string {
  if (before === after) return '';
  const a = before.split('\n');
  const b = after.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const edits = [
    ...a.slice(Math.max(0, head - bounds.context), head).map(same),
    ...editsBetween(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail, a.length - tail + bounds.context).map(same),
  ];
  return words(edits, Math.max(0, head - bounds.context), bounds);
}

function same(text: string): Edit {
  return { sign: ' ', text };
}

/** Of each diagonal k = x - y, how far along the first text it got. */
type Reach = ReadonlyMap<number, number>;

/** Myers 1986, "An O(ND) Difference Algorithm", with the whole trace kept. */
function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  const trace = traceOf(a, b);
  if (trace === undefined)
    return [...a.map((text): Edit => ({ sign: '-', text })), ...b.map((text): Edit => ({ sign: '+', text }))];
  const edits: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (const [d, reach] of [...trace.entries()].toReversed()) {
    const step = stepTo(reach, x - y, d);
    const fromY = step.x - step.k;
    for (; x > step.after && y > 0; y -= 1) edits.push(same(a[(x -= 1)] ?? ''));
    if (d === 0) break;
    edits.push(step.down ? { sign: '+', text: b[fromY] ?? '' } : { sign: '-', text: a[step.x] ?? '' });
    x = step.x;
    y = fromY;
  }
  return edits.toReversed();
}

/** The edit by which diagonal k is reached: from where, and where on it that leads. */
function stepTo(reach: Reach, k: number, d: number): { down: boolean; k: number; x: number; after: number } {
  const below = reach.get(k + 1) ?? -1;
  const beside = reach.get(k - 1) ?? -1;
  const down = k === -d || (k !== d && beside < below);
  const x = Math.max(0, down ? below : beside);
  return { down, k: down ? k + 1 : k - 1, x, after: d === 0 ? 0 : x + (down ? 0 : 1) };
}

/** How far each diagonal got before each edit; undefined when there are too many. */
function traceOf(a: readonly string[], b: readonly string[]): Reach[] | undefined {
  const reach = new Map<number, number>([[1, 0]]);
  const trace: Reach[] = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MAX_EDITS); d += 1) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const x = slide(a, b, stepTo(reach, k, d).after, k);
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return undefined;
}

/** Along equal lines as far as they go. */
function slide(a: readonly string[], b: readonly string[], from: number, k: number): number {
  let x = from;
  while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
  return x;
}

/** Long runs of equal lines inside are left out, and each piece begins with its line numbers. */
function words(edits: readonly Edit[], firstLine: number, { context, lines, width }: DiffBounds): string {
  const near = (at: number): boolean =>
    edits.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== ' ');
  const out: string[] = [];
  let left = 0;
  let oldLine = firstLine;
  let newLine = firstLine;
  let apart = true;
  for (const [at, { sign, text }] of edits.entries()) {
    const shown = near(at);
    if (shown && apart) out.push(`@@ -${oldLine + 1} +${newLine + 1} @@`);
    apart = !shown;
    if (shown && out.length < lines) out.push(`${sign}${text.length > width ? `${text.slice(0, width)}…` : text}`);
    else if (shown && sign !== ' ') left += 1;
    if (sign !== '+') oldLine += 1;
    if (sign !== '-') newLine += 1;
  }
  if (left > 0) out.push(`… and ${left} more`);
  return out.join('\n');
}
