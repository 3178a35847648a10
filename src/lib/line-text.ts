/** Text of configuration files: one line with a byte that is no UTF-8 must not change how the others are read. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Private use (as such never shown plain, see escape.ts): stands for a byte that is no UTF-8. */
const LONE_BYTES = 0xf700;

/**
 * UTF-8 line by line; in a line that is none, each byte beyond ASCII becomes a character of its own (U+F780 to U+F7FF),
 * so that blanks, quotes and backslashes stay where they are and two different lines stay different.
 */
export function lineText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(10, start);
    const end = found < 0 ? bytes.length : found;
    lines.push(oneLine(bytes.subarray(start, end)));
    start = end + 1;
  }
  return lines.join('\n');
}

function oneLine(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte < 0x80 ? byte : LONE_BYTES + byte);
    return text;
  }
}

const LONE = /[\uf780-\uf7ff]/;

/** The bytes that a name stands for which `lineText` read; undefined where it is plain UTF-8. */
export function lineBytes(text: string): Buffer | undefined {
  if (!LONE.test(text)) return undefined;
  return Buffer.concat(
    Array.from(text, (char) => {
      const code = char.charCodeAt(0);
      return LONE.test(char) ? Buffer.from([code - LONE_BYTES]) : Buffer.from(char);
    }),
  );
}
