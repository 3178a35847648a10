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

/** Is this a program that runs scripts? By its path or file name. */
export function isInterpreterName(path: string): boolean {
  return INTERPRETER.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Is this a shell? By its path or file name. */
export function isShellName(path: string): boolean {
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
  for (let at = 1; at < words.length && at < 64; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-') && !(shell && word.startsWith('+'))) return word.slice(0, MAX_SCRIPT);
    if (word === '-' || word === '-s') return '';
    if (word === '--') continue;
    if (word === '-m' || word === '-jar')
      return `${word === '-m' ? '-m ' : ''}${words[at + 1] ?? ''}`.slice(0, MAX_SCRIPT);
    if (CODE.test(word)) return '-c';
    if (!shell && TAKES_WORD.has(word)) at += 1;
  }
  return '';
}

/** The interpreter that the first line of a script names, without its options; "" where there is none. execve(2). */
export function interpreterIn(firstBytes: string): string {
  const match = /^#![ \t]*(\/[^\s\0]{1,250})(?:[ \t]+([^\s\0]{1,250}))?/.exec(firstBytes);
  return match?.[1] ?? '';
}
