/** Words in start files and commands that intruders like, named for people. Pure patterns over text, a bounded time each. */

/** What is found, and how it is called. */
const TRICKS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\balias\s+(?:--\s+)?["']?(sudo|su|doas|ssh|scp|passwd|ps|netstat|ss)["']?=/, 'alias of $1'],
  [/(?:^|[;\n])[ \t]*(?:function[ \t]+)?(sudo|su|doas|ssh|passwd)\s*\(\s*\)/, 'function in place of $1'],
  [/(?:^|[\s;"'])((?:LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH))\s*=\s*["']?[^\s"';]/, '$1 set'],
  [/\bsetenv\s+(LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH)\s/, '$1 set'],
  [
    /(?:^|[\s;"'])(BASH_ENV|PROMPT_COMMAND|PERL5OPT|PERL5LIB|PYTHONSTARTUP|PYTHONPATH|NODE_OPTIONS|RUBYOPT|GCONV_PATH)\s*=\s*["']?[^\s"';]/,
    '$1 set',
  ],
  [
    /(?:^|[\s;])(?:export\s+|setenv\s+)?PATH(?:\s*=\s*|\s+)["']?(?:[^\s;"']*:)?(\/tmp|\/var\/tmp|\/dev\/shm|\.(?=[:"'\s;]|$))/m,
    'PATH with $1',
  ],
  [/\btrap\s+.{1,200}?\s(DEBUG|EXIT)\b/, 'trap on $1'],
  [/\/dev\/(tcp|udp)\//, 'connection by /dev/$1'],
  [/\b(curl|wget|fetch)\b[^\n;]{0,300}\|\s*(?:sudo\s+)?(?:[\w/]*\/)?(?:ba|da|z|k)?sh\b/, '$1 into a shell'],
  [/\b(curl|wget)\b[^\n;]{0,300}\|\s*(?:[\w/]*\/)?(python|perl|ruby|php|node)/, '$1 into $2'],
  [/\bbase64\s+(?:-d|-D|--decode)\b/, 'base64 decoded'],
  [/\bopenssl\s+enc\s+(?:-\S+\s+)*-d\b/, 'openssl decoded'],
  [
    /\b(nc|ncat|netcat|socat)\b[^\n;]{0,200}(?:\s-[a-z]*[ec]\b|exec:|EXEC:|--(?:sh-)?exec)/,
    '$1 that hands out a shell',
  ],
  [/\bmkfifo\b[^\n]{0,200}\b(nc|ncat|netcat|openssl|telnet)\b/, 'shell over a FIFO and $1'],
  [/\bchmod\s+(?:-\S+\s+)*(?:[ugoa]*\+[rwx]*s|0?[4267][0-7]{3})\b/, 'setuid bit set'],
  [/\bpython[\d.]*\s+-c\s+["'][^\n]{0,400}\bsocket\b/, 'socket from python -c'],
  [/\bperl\s+-(?:\w*)e\s+["'][^\n]{0,400}\bsocket\b/i, 'socket from perl -e'],
  [/\bHISTFILE=\/dev\/null|\bunset\s+HISTFILE\b|\bHISTSIZE=0\b|\bset\s+\+o\s+history\b/, 'history switched off'],
  [/>>\s*\S{0,300}authorized_keys\b/, 'key appended to authorized_keys'],
];

/** Text beyond this is not searched. */
const MAX_TEXT = 64 << 10;

/** Names of the tricks in a text, each once; comments (`#` at the beginning of a line) are left out. */
export function tricksOf(text: string): string[] {
  const lines = text.slice(0, MAX_TEXT).split('\n');
  const active = lines.filter((line) => !/^\s*#/.test(line)).join('\n');
  const found = new Set<string>();
  for (const [pattern, name] of TRICKS) {
    const match = pattern.exec(active);
    if (match !== null) found.add(name.replace(/\$(\d)/g, (_, digit: string) => match[Number(digit)] ?? ''));
  }
  return [...found];
}

/** Variables that make programs run other code than theirs; `value` as it is set. */
const DECIDES =
  /^(?:LD_PRELOAD|LD_AUDIT|LD_LIBRARY_PATH|LD_[A-Z_]*|GCONV_PATH|BASH_ENV|ENV|PATH|SHELL|PERL5OPT|PERL5LIB|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|NODE_OPTIONS|NODE_PATH|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|PROMPT_COMMAND|MALLOC_CHECK_|GLIBC_TUNABLES)$/;

/** Does a variable of this name decide what code a program runs? */
export function decidesCode(name: string): boolean {
  return DECIDES.test(name);
}

/** As `decidesCode`, but for those that are also set on an ordinary host: PATH, SHELL and the like. */
export function injectsCode(name: string): boolean {
  return (
    decidesCode(name) &&
    !/^(?:PATH|SHELL|ENV|PYTHONPATH|PERL5LIB|NODE_PATH|RUBYLIB|PYTHONHOME|MALLOC_CHECK_|LD_LIBRARY_PATH)$/.test(name)
  );
}
