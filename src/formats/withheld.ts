/** Takes secrets out of the text of a configuration file before anybody keeps or shows it: what changed stays visible. */

import { createHash } from 'node:crypto';
import { withoutSecretsIn } from './secret-arguments.ts';

/** Files whose second field is a hash of a password: shadow(5), gshadow(5). */
const HASHES = /\/g?shadow-?$/;
const PRIVATE_KEY = /-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20})-----[\s\S]*?(?:-----END \1-----|$)/g;
/** "password = x", "psk=x", "authtoken: x", "passwd x" (netrc): the value goes. */
const NAMED =
  /^(\s*(?:[#;]\s*)?["']?[\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|authtok|psk|api[_-]?key|private[_-]?key|credential)s?["']?(?:\s*[=:]\s*|\s+))(\S.*)$/is;
/** user:password@host in an address. */
const IN_ADDRESS = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,100}:)([^\s@/]{1,200})(@)/gi;
/** Lines "client server secret addresses" of pppd(8). */
const PPP_SECRETS = /\/(?:chap|pap)-secrets$/;

/** The same secret gives the same words, so that a change of it is seen; nobody can read it from them. */
export function withoutSecrets(path: string, text: string): string {
  if (HASHES.test(path)) return byLine(text, withoutHash);
  if (PPP_SECRETS.test(path)) return byLine(text, (line) => line.replace(/^(\s*[^#\s]\S*\s+\S+\s+)(\S+)/, replaced));
  const keyless = text.replace(PRIVATE_KEY, (key, kind: string) => `[${kind.toLowerCase()} ${mark(key)}]`);
  return byLine(keyless, withoutNamed);
}

function withoutNamed(line: string): string {
  const marked = line
    .replace(NAMED, replaced)
    .replace(IN_ADDRESS, (_all, before: string, secret: string, after: string) => `${before}[${mark(secret)}]${after}`);
  return marked === line ? withoutSecretsIn(line) : marked;
}

function byLine(text: string, change: (line: string) => string): string {
  return text.split('\n').map(change).join('\n');
}

function replaced(_all: string, before: string, secret: string): string {
  return `${before}[withheld ${mark(secret)}]`;
}

/** "", "!" and "*" are no secrets: they say that there is no way in, or no lock. */
function withoutHash(line: string): string {
  const fields = line.split(':');
  const hash = fields[1] ?? '';
  if (fields.length < 2 || /^[!*x]*$/.test(hash)) return line;
  const locked = hash.startsWith('!') ? '!' : '';
  return [fields[0], `${locked}[hash ${mark(hash)}]`, ...fields.slice(2)].join(':');
}

/** 32 bits, of the secret with a word of ours: enough to see a change, too little to find the secret by. */
function mark(secret: string): string {
  return createHash('sha256').update(`telltale withheld\0${secret}`).digest('hex').slice(0, 8);
}
