/** portsentry.ignore: one address a line, with "/bits" or a dotted mask; "#" begins a comment. */

import { addressBytes, type IpPrefix, isPrefix, parsePrefix, prefixAround } from '#lib/ip-prefix.ts';
import { parseUint } from '#lib/parse-uint.ts';

/** One line that is neither empty nor a comment. */
export interface IgnoreLine {
  readonly line: number;
  readonly text: string;
  /** Undefined: it could not be read, `words` says why. */
  readonly prefix: IpPrefix | undefined;
  /** What was understood otherwise than it stands there; "" where nothing was. */
  readonly words: string;
}

const MAX_LINES = 100_000;

/** Every line that is no comment and not empty. A host part behind the mask is cut off, as PortSentry does. */
export function parseIgnore(text: string): readonly IgnoreLine[] {
  return text.split('\n', MAX_LINES).flatMap((raw, index) => {
    const plain = raw.replace(/#.*$/, '').trim();
    return plain === '' ? [] : [{ line: index + 1, text: plain.slice(0, 200), ...read(plain) }];
  });
}

function read(text: string): Pick<IgnoreLine, 'prefix' | 'words'> {
  const [address = '', mask] = text.split('/', 2);
  const bits = mask === undefined ? undefined : bitsOf(mask);
  if (mask !== undefined && bits === undefined) return { prefix: undefined, words: `"${mask}" is no mask` };
  const exact = parsePrefix(bits === undefined ? address : `${address}/${bits}`);
  if (isPrefix(exact)) return { prefix: exact, words: '' };
  const longest = (addressBytes(address)?.length ?? 0) * 8;
  const cut = bits === undefined || bits > longest ? undefined : prefixAround(address, { v4: bits, v6: bits });
  if (cut === undefined) return { prefix: undefined, words: exact.wrong };
  return { prefix: cut, words: `is read as "${cut.text}"` };
}

/** "24", or "255.255.255.0" when its ones stand together. */
function bitsOf(mask: string): number | undefined {
  const plain = parseUint(mask, 128);
  if (plain !== undefined) return plain;
  const bytes = addressBytes(mask);
  if (bytes?.length !== 4) return undefined;
  const ones = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(ones) ? ones.replace(/0+$/, '').length : undefined;
}
