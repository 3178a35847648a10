/** authorized_keys and files like it, as sshd reads them: AUTHORIZED_KEYS FILE FORMAT in sshd(8), auth2-pubkeyfile.c. */

import { trimEndOf } from '#lib/trim-end.ts';
import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';
import { fingerprintOf, keyTypeWords, SSH_KEY_TYPE } from './ssh-public-key.ts';

/** One key. `options` as written, e.g. `from="10.0.0.0/8"`. */
export interface AuthorizedKey {
  readonly line: number;
  readonly options: readonly string[];
  /** Words such as "ED25519". */
  readonly type: string;
  /** "SHA256:…" as ssh-keygen -l prints it. */
  readonly fingerprint: string;
  readonly comment: string;
}

/** What sshd passes over is odd and ignored. */
export function parseAuthorizedKeys(text: string): ParsedConfig<AuthorizedKey> {
  return parseConfig(text, keyLine);
}

function keyLine(raw: string, line: number): LineResult<AuthorizedKey> {
  const content = trimEndOf(raw.replace(/^[ \t]+/, ''), '\r\n');
  if (content === '' || content.startsWith('#')) return {};
  const plain = keyAt(content);
  if (plain !== undefined) return { row: { line, options: [], ...plain } };
  const split = optionsOf(content);
  const key = split === undefined ? undefined : keyAt(split.rest);
  if (split === undefined || key === undefined) return { problem: 'is no key that sshd could read' };
  return { row: { line, options: split.options, ...key } };
}

function keyAt(text: string): Omit<AuthorizedKey, 'line' | 'options'> | undefined {
  const [, type = '', blob = '', comment = ''] = /^(\S+)[ \t]+(\S+)[ \t]*(.*)$/s.exec(text) ?? [];
  if (!SSH_KEY_TYPE.test(type)) return undefined;
  const fingerprint = fingerprintOf(type, blob);
  return fingerprint === undefined ? undefined : { type: keyTypeWords(type), fingerprint, comment };
}

/** The options end at the first blank outside of quotes; a quote inside quotes is written \". */
function optionsOf(text: string): { readonly options: readonly string[]; readonly rest: string } | undefined {
  const options: string[] = [];
  let option = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\' && text.charAt(at + 1) === '"') {
      option += '\\"';
      at += 1;
      continue;
    }
    if (char === '"') quoted = !quoted;
    if (!quoted && (char === ' ' || char === '\t')) {
      if (option !== '') options.push(option);
      return { options, rest: text.slice(at).replace(/^[ \t]+/, '') };
    }
    if (!quoted && char === ',') {
      options.push(option);
      option = '';
    } else option += char;
  }
  return undefined;
}
