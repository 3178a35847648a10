/** Unit files and drop-ins as systemd reads them: systemd.syntax(7), systemd.service(5) "Command lines", systemd.unit(5). */

/** One assignment; `value` "" resets a list. */
export interface Directive {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

export interface UnitText {
  readonly directives: readonly Directive[];
  /** Lines that systemd passes over with a warning: no section yet, no "=". */
  readonly rejects: readonly string[];
  /** Lines of the text that say nothing: blank, comments, section headers; with continuation lines of those above. */
  readonly silent: number;
}

const SECTION = /^\[([^[\]]*)\]$/;

/** Joins continued lines (comments in between are left out), then reads section by section. */
export function parseUnit(text: string): UnitText {
  const directives: Directive[] = [];
  const rejects: string[] = [];
  let silent = 0;
  let section: string | undefined;
  for (const { line, comments } of logicalLines(text)) {
    silent += comments;
    const bare = line.trim();
    const found = SECTION.exec(bare)?.[1];
    const equals = bare.indexOf('=');
    if (bare === '') silent += 1;
    else if (found !== undefined) {
      section = found;
      silent += 1;
    } else if (section === undefined || equals < 1) rejects.push(bare);
    else directives.push({ section, key: bare.slice(0, equals).trim(), value: bare.slice(equals + 1).trim() });
  }
  return { directives, rejects, silent };
}

/** A backslash before the newline continues a line; the comment lines within are not part of it. */
function* logicalLines(text: string): Generator<{ readonly line: string; readonly comments: number }> {
  let pending: string | undefined;
  let comments = 0;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const raw of lines) {
    const line = raw.replace(/\r$/, '');
    if (/^\s*[#;]/.test(line)) {
      comments += 1;
      continue;
    }
    const joined = pending === undefined ? line : `${pending} ${line.trimStart()}`;
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(line)) {
      pending = joined.slice(0, -1);
      continue;
    }
    yield { line: joined, comments };
    pending = undefined;
    comments = 0;
  }
  if (pending !== undefined) yield { line: pending, comments };
  else if (comments > 0) yield { line: '', comments: comments - 1 };
}

/** Values of a list directive after the resets: an empty assignment forgets those before it. */
export function listOf(
  directives: readonly Directive[],
  section: string,
  key: string,
): { values: string[]; reset: boolean } {
  const values: string[] = [];
  let reset = false;
  for (const directive of directives) {
    if (directive.section !== section || directive.key !== key) continue;
    if (directive.value === '') {
      values.length = 0;
      reset = true;
    } else values.push(directive.value);
  }
  return { values, reset };
}

/** The last value of a directive, or undefined. */
export function lastOf(directives: readonly Directive[], section: string, key: string): string | undefined {
  return directives.findLast((directive) => directive.section === section && directive.key === key)?.value;
}

/** A command of Exec*: its words, and whether it runs with full rights whatever User= says ("+", "!"). */
export interface ExecCommand {
  readonly words: readonly string[];
  readonly privileged: boolean;
  /** "|": the words are given to the user's shell (systemd 258). */
  readonly shell: boolean;
}

/** Commands of one Exec line: prefixes "@-:+!|" are taken off, a lone ";" separates two commands. */
export function execCommands(value: string): ExecCommand[] {
  const commands: ExecCommand[] = [];
  let words: string[] = [];
  const end = (): void => {
    if (words.length > 0) commands.push(commandOf(words));
    words = [];
  };
  for (const word of unitWords(value)) {
    if (word === ';') end();
    else words.push(word === '\\;' ? ';' : word);
  }
  end();
  return commands;
}

function commandOf(words: readonly string[]): ExecCommand {
  const [first = '', ...rest] = words;
  const prefix = /^[@\-:+!|]*/.exec(first)?.[0] ?? '';
  const program = first.slice(prefix.length);
  // With "@" the second word is what the program sees as its own name.
  const plain = [program, ...(prefix.includes('@') ? rest.slice(1) : rest)];
  return { words: plain, privileged: /[+!]/.test(prefix), shell: prefix.includes('|') };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', s: ' ', r: '\r' };
/** A quote counts at the beginning of a word only; one that is never closed ends with the text. */
const WORD = /"((?:[^"\\]|\\.)*)(?:"|\\?$)|'((?:[^'\\]|\\.)*)(?:'|\\?$)|((?:[^\s\\]|\\.)+|\\$)/gs;

/** Splits at blanks; quotes and C escapes as in systemd.syntax(7). Specifiers (%i) stay as they are. */
export function unitWords(value: string): string[] {
  return [...value.matchAll(WORD)].map(([, double, single, plain]) => {
    const text = double ?? single ?? plain ?? '';
    return text === '\\;' ? text : unescaped(text);
  });
}

function unescaped(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_, hex: string | undefined, char: string = '') =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** "foo@bar.service" → template "foo@.service"; undefined for what is no instance. */
export function templateOf(unit: string): string | undefined {
  const found = /^([^@]+@)[^.]+(\..+)$/.exec(unit);
  return found === null ? undefined : `${found[1]}${found[2]}`;
}
