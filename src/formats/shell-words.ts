/**
 * Which programs a shell command runs, without running it: words as sh splits them (POSIX, Shell Command Language §2),
 * commands at the operators. Total, and deliberately simple: what a variable or a substitution gives is not known.
 */

/** One simple command: its words with the quotes taken off. */
export type SimpleCommand = readonly string[];

/** Words after which a command begins. */
const KEYWORDS = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', '}', 'time']);
/** Programs whose first word that is no option is a program again. */
const RUNNERS = new Set(
  'exec command env nice ionice nohup setsid timeout sudo doas su-exec gosu runuser chroot flock stdbuf chrt taskset xargs time systemd-cat systemd-run run-one chronic busybox'.split(
    ' ',
  ),
);
/** Options of runners that take a word of their own. */
const TAKES_WORD: Readonly<Record<string, RegExp>> = {
  nice: /^-n$/,
  ionice: /^-[cnp]$/,
  timeout: /^-[ks]$/,
  sudo: /^-[ugphCDRT]$/,
  doas: /^-[uC]$/,
  runuser: /^-[ug]$/,
  env: /^-[uC]$/,
  xargs: /^-[nPILEsda]$/,
  flock: /^-[wE]$/,
  chrt: /^-[TPD]$/,
};
/** Runners whose first plain word is no program: a lock file, a length of time, a new root, a CPU list. */
const SKIPS_ONE = new Set(['flock', 'timeout', 'chroot', 'taskset', 'chrt', 'gosu', 'su-exec']);
const INTERPRETERS =
  /^(?:(?:ba|da|z|k|a|c|tc)?sh|fish|source|\.|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|node|nodejs|lua[\d.]*|tclsh[\d.]*|awk|gawk|mawk)$/;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;
const MAX_DEPTH = 4;

/** Escape, quoted text (a quote that is never closed ends with the text), comment, operator, blanks, plain text. */
const TOKEN =
  /\\([\s\S]|$)|'([^']*)(?:'|$)|"((?:[^"\\]|\\[\s\S])*)(?:"|\\?$)|((?<=^|[\s;&|()`])#[^\n]*)|([;&|\n()`])|([ \t]+)|([^\\'";&|\n()` \t]+)/g;

/** Splits a command line into its commands. */
export function simpleCommands(text: string): SimpleCommand[] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (const token of text.matchAll(TOKEN)) {
    const [, , , , , operator, blank] = token;
    const piece = pieceOf(token);
    if (piece !== undefined) word = (word ?? '') + piece;
    else if (blank !== undefined) endWord();
    else if (operator !== undefined) {
      endWord();
      if (words.length > 0) commands.push(words);
      words = [];
    }
  }
  endWord();
  return words.length > 0 ? [...commands, words] : commands;
}

/** What a token adds to a word; undefined for comments, blanks and operators. */
function pieceOf([, escaped, single, double, , , , plain]: RegExpExecArray): string | undefined {
  if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
  return single ?? double?.replace(/\\(["\\$`\n])/g, '$1') ?? plain;
}

/** Absolute paths of the programs and scripts that a command line runs, each once, in order. */
export function programsOf(text: string): string[] {
  const found = new Set<string>();
  for (const words of simpleCommands(text)) addPrograms(words, found, 0);
  return [...found];
}

/** The same for words that are split already, as systemd passes them. */
export function programsOfWords(words: readonly string[]): string[] {
  const found = new Set<string>();
  addPrograms(words, found, 0);
  return [...found];
}

function addPrograms(words: readonly string[], found: Set<string>, depth: number): void {
  let at = 0;
  while (at < words.length && isBefore(words[at] ?? '')) at += 1;
  const program = words[at];
  if (program === undefined || depth > MAX_DEPTH) return;
  if (program.startsWith('/')) found.add(program);
  const name = program.slice(program.lastIndexOf('/') + 1);
  const rest = words.slice(at + 1);
  if (RUNNERS.has(name)) addPrograms(afterOptions(name, rest), found, depth + 1);
  else if (INTERPRETERS.test(program) || INTERPRETERS.test(name)) addScript(rest, found, depth);
  else if (name === 'find') addPrograms(afterExec(rest), found, depth + 1);
}

/** Keywords, assignments and redirections stand before the program. */
function isBefore(word: string): boolean {
  return KEYWORDS.has(word) || ASSIGNMENT.test(word) || /^\d*[<>]/.test(word);
}

function afterOptions(runner: string, words: readonly string[]): readonly string[] {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (word.startsWith('-')) {
      if (TAKES_WORD[runner]?.test(word) === true) at += 1;
    } else if (!ASSIGNMENT.test(word)) break;
  }
  return words.slice(SKIPS_ONE.has(runner) ? at + 1 : at);
}

/** `sh -c 'text'` runs the text, `python3 file` the file. */
function addScript(words: readonly string[], found: Set<string>, depth: number): void {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^-[a-z]*c$/.test(word)) {
      for (const inner of simpleCommands(words[at + 1] ?? '')) addPrograms(inner, found, depth + 1);
      return;
    }
    if (word.startsWith('-')) continue;
    if (word.startsWith('/')) found.add(word);
    return;
  }
}

function afterExec(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => /^-(?:exec|execdir|ok|okdir)$/.test(word));
  return at < 0 ? [] : words.slice(at + 1);
}
