/** Names are bytes: text that keeps two different names different. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * UTF-8 where the bytes are UTF-8. Otherwise each byte beyond ASCII becomes "\xNN" and a backslash "\\", so that no two
 * such names fall together.
 */
export function byteText(bytes: Uint8Array): string {
  let ascii = true;
  for (let i = 0; i < bytes.length && ascii; i++) ascii = (bytes[i] ?? 0) < 0x80;
  if (ascii) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return escapeBytes(bytes);
  }
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x80) text += `\\x${byte.toString(16)}`;
    else text += byte === 0x5c ? '\\\\' : String.fromCharCode(byte);
  }
  return text;
}

const ESCAPED = /\\(?:x([89a-f][0-9a-f])|\\)/g;

/** The bytes that a path may stand for which `byteText` escaped; undefined where nothing in it can be an escaped byte. */
export function bytesOfText(path: string): Buffer | undefined {
  if (!/\\x[89a-f][0-9a-f]/.test(path)) return undefined;
  const parts = path.split('/').map((part) => {
    const bytes = Buffer.from(
      part.replaceAll(ESCAPED, (_, hex?: string) => unescaped(hex)),
      'latin1',
    );
    return byteText(bytes) === part ? bytes : Buffer.from(part);
  });
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part])));
}

function unescaped(hex: string | undefined): string {
  return hex === undefined ? '\\' : String.fromCharCode(Number.parseInt(hex, 16));
}
