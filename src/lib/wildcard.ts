/** Names with "*", "?" and "[…]" as glob(7) means them, in time that grows with both lengths only. */

/**
 * Whether `text` is what `pattern` says: "*" any run of characters, "?" one, "[a-z]", "[!x]" one of a set, a backslash
 * takes the next as it is. `sets: false`: no sets and no backslash, as in the lists of sshd (match.c).
 */
export function matchesWildcard(pattern: string, text: string, sets = true): boolean {
  let at = 0;
  let inside = 0;
  let star = -1;
  let starIn = 0;
  while (inside < text.length) {
    const unit = at < pattern.length ? unitAt(pattern, at, sets) : undefined;
    if (unit?.any === true) {
      star = at;
      starIn = inside;
      at = unit.end;
    } else if (unit?.takes(text.charAt(inside)) === true) {
      at = unit.end;
      inside += 1;
    } else if (star >= 0) {
      at = star + 1;
      starIn += 1;
      inside = starIn;
    } else return false;
  }
  while (pattern.charAt(at) === '*') at += 1;
  return at >= pattern.length;
}

interface Unit {
  readonly end: number;
  readonly any: boolean;
  takes(char: string): boolean;
}

function unitAt(pattern: string, at: number, sets: boolean): Unit {
  const char = pattern.charAt(at);
  const one = (end: number, takes: (char: string) => boolean): Unit => ({ end, any: false, takes });
  if (char === '*') return { end: at + 1, any: true, takes: () => false };
  if (char === '?') return one(at + 1, () => true);
  if (!sets) return one(at + 1, (other) => other === char);
  if (char === '\\' && at + 1 < pattern.length) return one(at + 2, (other) => other === pattern.charAt(at + 1));
  const end = char === '[' ? pattern.indexOf(']', at + (/[!^]/.test(pattern.charAt(at + 1)) ? 3 : 2)) : -1;
  if (end < 0) return one(at + 1, (other) => other === char);
  return one(end + 1, setOf(pattern.slice(at + 1, end)));
}

function setOf(body: string): (char: string) => boolean {
  const negated = body.startsWith('!') || body.startsWith('^');
  const list = negated ? body.slice(1) : body;
  return (char) => {
    for (let index = 0; index < list.length; index += 1) {
      const range = list.charAt(index + 1) === '-' && index + 2 < list.length;
      const from = list.charAt(index);
      const to = range ? list.charAt(index + 2) : from;
      if (range) index += 2;
      if (char >= from && char <= to) return !negated;
    }
    return negated;
  };
}

/** Whether a name holds anything that a glob would expand. */
export function hasWildcard(name: string): boolean {
  return /[*?[]/.test(name);
}
