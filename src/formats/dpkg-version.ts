/** Versions of Debian packages in their order: deb-version(7). */

/** Below zero when `a` is older than `b`, above when newer, 0 when they are the same. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)];
  return (
    first.epoch - second.epoch ||
    compareParts(first.upstream, second.upstream) ||
    compareParts(first.revision, second.revision)
  );
}

function partsOf(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d{1,9}):)?(.*)$/s.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  return dash < 0
    ? { epoch: Number(epoch), upstream: rest, revision: '' }
    : { epoch: Number(epoch), upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** Runs of other characters and runs of digits in turn; "~" sorts before the end. */
function compareParts(a: string, b: string): number {
  const [first, second] = [piecesOf(a), piecesOf(b)];
  for (let at = 0; at < Math.max(first.length, second.length); at += 1) {
    const [x = '', y = ''] = [first[at], second[at]];
    const order = at % 2 === 0 ? compareWords(x, y) : compareNumbers(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

/** "1.2a" → "", "1", ".", "2", "a", "". */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (const [, word = '', digits = ''] of text.matchAll(/(\D*)(\d*)/g))
    if (word !== '' || digits !== '') pieces.push(word, digits);
  return pieces;
}

function compareWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = weightOf(a.charAt(at)) - weightOf(b.charAt(at));
    if (order !== 0) return order;
  }
  return 0;
}

function weightOf(char: string): number {
  if (char === '~') return -1;
  if (char === '') return 0;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}

/** Without leading zeros the longer one is greater: versions hold numbers beyond any type. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}
