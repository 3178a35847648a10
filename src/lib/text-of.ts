/** Bytes of a file that should be text, as text: UTF-8 where it is, else a character a byte, so that one odd byte hides nothing. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lines stay lines and ASCII stays ASCII in both readings. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  }
}
