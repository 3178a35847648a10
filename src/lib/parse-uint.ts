/** Strict numbers: what Number() lets through ("", " 1", "0x10", "1e3", "-0") is refused. */

/** A decimal number without sign or leading blanks, at most `max` (default 2^53−1); undefined for anything else. */
export function parseUint(text: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text.length === 0 || text.length > 16) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value <= max ? value : undefined;
}

/** A hexadecimal number without prefix, at most eight digits (u32); undefined for anything else. */
export function parseHex(text: string): number | undefined {
  return /^[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}
