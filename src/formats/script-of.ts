/** Which script an interpreter runs, by its command line as /proc/PID/cmdline has it, words joined by blanks. */

/** Programs that run what others wrote: the package says nothing about the script. By file name. */
const INTERPRETER =
  /^(?:python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*(?:-cgi|-cli)?|bash|dash|sh|ash|zsh|ksh|mksh|fish|lua(?:jit)?[\d.]*|tclsh[\d.]*|[gm]?awk|pwsh|node|nodejs|deno|bun|java|expect|busybox)$/;
const SHELL = /^(?:bash|dash|sh|ash|zsh|ksh|mksh|fish|rbash|busybox|tcsh|csh|pwsh)$/;
/** Options whose next word is theirs; by interpreter they differ, these are those that people use. */
const TAKES_WORD = new Set([
  '-W',
  '-X',
  '-I',
  '-F',
  '-r',
  '-C',
  '-d',
  '-n',
  '-cp',
  '-classpath',
  '--require',
  '--import',
]);
/** What follows is code, not a file. */
const CODE = /^(?:-[a-zA-Z]*c|-[a-zA-Z]*e|-E|--eval|-p|--print|--command)$/;
const MAX_SCRIPT = 256;
const MAX_WORDS = 64;

/** Is this a program that runs scripts? By its path or file name. */
export function isInterpreterName(path: string): boolean {
  return INTERPRETER.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Is this a shell? By its path or file name. */
function isShellName(path: string): boolean {
  return SHELL.test(path.slice(path.lastIndexOf('/') + 1));
}

/**
 * The script's path as it was given, "-c" for code on the command line (the code itself is no name of anything),
 * "-m NAME" for a module, "" for an interactive interpreter and for programs that are none.
 */
export function scriptOf(exe: string, cmdline: string): string {
  if (!isInterpreterName(exe)) return '';
  const words = cmdline.split(' ').filter((word) => word !== '');
  const shell = isShellName(exe);
  for (let at = 1; at < words.length && at < MAX_WORDS; at += 1) {
    const word = words[at] ?? '';
    const script = isOption(word, shell) ? codeOf(word, words[at + 1] ?? '') : word;
    if (script !== undefined) return script.slice(0, MAX_SCRIPT);
    if (!shell && TAKES_WORD.has(word)) at += 1;
  }
  return '';
}

function isOption(word: string, shell: boolean): boolean {
  return word.startsWith('-') || (shell && word.startsWith('+'));
}

/** What is run when this option says it; undefined where the option says nothing of it. */
function codeOf(option: string, next: string): string | undefined {
  if (option === '-' || option === '-s') return '';
  if (option === '-m') return `-m ${next}`;
  if (option === '-jar') return next;
  return CODE.test(option) ? '-c' : undefined;
}

/** The interpreter that the first line of a script names, without its options; "" where there is none. execve(2). */
export function interpreterIn(firstBytes: string): string {
  const match = /^#![ \t]*(\/[^\s\0]{1,250})(?:[ \t]+([^\s\0]{1,250}))?/.exec(firstBytes);
  return match?.[1] ?? '';
}
