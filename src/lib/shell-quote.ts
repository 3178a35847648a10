/**
 * Quotes text from outside for a command that a person will paste into a shell: an attacker names files, and a name
 * such as `$(reboot)` must stay a name.
 */

import { visible } from './escape.ts';

const PLAIN = /^[A-Za-z0-9_@:+,./][A-Za-z0-9_@%+=:,./-]*$/;

/**
 * One word for sh, bash and zsh: unchanged where nothing is special, else in single quotes. Where the text holds
 * control or other invisible characters, it becomes $'…' with \x escapes (bash, zsh, POSIX 2024), so that what is
 * shown is what is run. A word that begins with "-" is never left plain; put "--" before it where the command takes it.
 */
export function shellQuote(text: string): string {
  if (PLAIN.test(text)) return text;
  if (visible(text) === text) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  let quoted = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const printable = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    quoted += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `$'${quoted}'`;
}
