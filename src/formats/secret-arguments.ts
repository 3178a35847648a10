/**
 * Takes secrets out of command lines before anybody keeps, shows or mails them: those of processes, which every user of the
 * host can read in /proc meanwhile, and those in files that start programs. An alert file and a mailbox keep them for years.
 */

/** What stands in place of a secret: always the same, for a digest of a weak password gives it away. */
const WITHHELD = '[withheld]';

/** Most command lines hold none of these: one look decides. */
const LIKELY = /pass|pwd|secret|token|auth|key|cred|:\/\/|-[puw]|\$[\w]{1,8}\$/i;
const NAME = String.raw`[\w.-]{0,60}(?:pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)s?`;
/** --password=x, PGPASSWORD=x, api_key=x, and what JSON and headers make of them. A path or a number of a descriptor is no secret. */
const GIVEN = new RegExp(`^(["'{]{0,3}-{0,2}${NAME}["']?[=:])(?!$|/|fd:|file:|env:)(?:pass:)?.+$`, 'is');
/** --password x. A single dash as well: -password x. */
const OPTION = new RegExp(`^-{1,2}${NAME}$`, 'i');
/** password = x */
const NAMED = new RegExp(`^["']?${NAME}["']?$`, 'i');
/** Hashes of passwords: crypt(5). */
const HASHED = /\$(?:\d|2[abxy]|gy?|y|sha1|apr1|argon2\w{1,2})\$[./A-Za-z0-9$,=+-]{8,300}/g;
/** A blank, or a word with what is quoted in it. */
const PARTS = /\s+|(?:"[^"]*"|'[^']*'|[^\s"']|["'])+/g;
/** After these another program begins. */
const SEPARATOR = /^(?:[;&|(){}]{1,2}|then|do|else)$|;$/;
const OPENSSL = /^(pass:).+$/s;
const BEARER = /^(?:bearer|basic|token)$/i;
const IN_ADDRESS = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}:)[^\s@/]{1,200}(?=@)/gi;

/** Programs whose option takes the secret, alone or with it in one word: mysql(1), sshpass(1), curl(1), wget(1), smbclient(1). */
const SHORT: readonly (readonly [program: RegExp, option: string, keep: RegExp])[] = [
  [/^(?:mysql|mariadb|percona)[\w-]*$/, '-p', /^$/],
  [/^(?:sshpass|ldap\w+|kinit)$/, '-p', /^$/],
  [/^ldap\w+$/, '-w', /^$/],
  [/^(?:curl|wget2?)$/, '-u', /^[^:]*:/],
  [/^(?:curl|wget2?)$/, '--user', /^[^:]*:/],
  [/^(?:smbclient|rpcclient|net|smbget)$/, '-U', /^[^%]*%/],
];

/** Whether it is worth while to look closer. */
export function mayHoldSecrets(text: string): boolean {
  return LIKELY.test(text);
}

/** The same line of a shell, a cron table or a unit, secrets replaced. */
export function withoutSecretsIn(line: string): string {
  if (!mayHoldSecrets(line)) return line;
  const parts = line.match(PARTS) ?? [];
  const words = withoutSecretWords(parts.filter((part) => part.trim() !== ''));
  return parts.map((part) => (part.trim() === '' ? part : (words.shift() ?? ''))).join('');
}

/** The same words, secrets replaced; a word that is a whole command ("sh -c '…'") is looked through as well. */
export function withoutSecretWords(words: readonly string[]): string[] {
  let program = '';
  const seen: string[] = [];
  let next: RegExp | undefined;
  for (const word of words) {
    program = SEPARATOR.test(word) ? '' : (takerIn(word) ?? program);
    const withheld = next !== undefined && !word.startsWith('-') ? keeping(word, next) : wordWithout(word, program);
    next = valueFollows(word, program, seen.at(-1) ?? '');
    seen.push(withheld);
  }
  return seen;
}

/** The program that it names, where that takes secrets in options without a telling name; also behind sudo or env. */
function takerIn(word: string): string | undefined {
  const name = word.slice(word.lastIndexOf('/') + 1).replace(/^["'`(]+/, '');
  return SHORT.some(([programs]) => programs.test(name)) ? name : undefined;
}

function wordWithout(word: string, program: string): string {
  const inner = word.includes(' ') ? word.split(' ') : undefined;
  if (inner !== undefined && inner.length > 1) return withoutSecretWords(inner).join(' ');
  for (const [programs, option, keep] of SHORT)
    if (word.startsWith(option) && word.length > option.length && option.length === 2 && programs.test(program))
      return `${option}${keeping(word.slice(option.length), keep)}`;
  return word
    .replace(GIVEN, `$1${WITHHELD}`)
    .replace(OPENSSL, `$1${WITHHELD}`)
    .replace(IN_ADDRESS, `$1${WITHHELD}`)
    .replace(HASHED, WITHHELD);
}

/** What of the next word may stay, where it is a secret. mysql asks for its password where "-p" stands alone. */
function valueFollows(word: string, program: string, before: string): RegExp | undefined {
  if (OPTION.test(word) || ((word === '=' || word === ':') && NAMED.test(before))) return /^$/;
  if (BEARER.test(word) && /auth[\w-]*["']?:?$/i.test(before)) return /^$/;
  if (/^(?:mysql|mariadb|percona)/.test(program)) return undefined;
  return SHORT.find(([programs, option]) => word === option && programs.test(program))?.[2];
}

/** A name before the secret stays: "bob:[withheld]". Without one nothing says that it holds a secret, but for `keep` of nothing. */
function keeping(word: string, keep: RegExp): string {
  if (keep.source === '^$') return WITHHELD;
  const before = keep.exec(word)?.[0];
  return before === undefined ? word : `${before}${WITHHELD}`;
}
