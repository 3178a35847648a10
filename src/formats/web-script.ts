/** Files that a web server runs: by name, by their first bytes, and with the words that web shells are made of. */

import { trimEndOf } from '#lib/trim-end.ts';

const LANGUAGES: Readonly<Record<string, string>> = {
  php: 'PHP',
  php3: 'PHP',
  php4: 'PHP',
  php5: 'PHP',
  php7: 'PHP',
  php8: 'PHP',
  phtml: 'PHP',
  pht: 'PHP',
  phar: 'PHP',
  phps: 'PHP',
  jsp: 'JSP',
  jspx: 'JSP',
  jspf: 'JSP',
  war: 'Java archive',
  jar: 'Java archive',
  asp: 'ASP',
  aspx: 'ASP',
  ashx: 'ASP',
  asmx: 'ASP',
  cer: 'ASP',
  cgi: 'CGI',
  fcgi: 'CGI',
  pl: 'Perl',
  py: 'Python',
  wsgi: 'Python',
  rb: 'Ruby',
  lua: 'Lua',
  sh: 'shell',
  cfm: 'ColdFusion',
  so: 'library',
  shtml: 'server-side includes',
};

/** Files that change what the server runs in their folder. */
const SETTINGS = new Set(['.htaccess', '.user.ini', 'web.config']);

/** "PHP" for x.php and for x.php.jpg; "settings" for .htaccess; "" for what is only sent. */
export function languageOf(name: string): string {
  const lower = name.toLowerCase();
  if (SETTINGS.has(lower)) return 'settings';
  const endings = lower.split('.').slice(1);
  const last = LANGUAGES[endings.at(-1) ?? ''] ?? '';
  if (last !== '') return last;
  // Apache's mod_mime runs "x.php.jpg" where a handler is set for any ending.
  return endings.slice(0, -1).some((ending) => LANGUAGES[ending] === 'PHP') ? 'PHP' : '';
}

/** The language by content, for files whose name says something else: a picture that holds PHP. */
export function languageInside(text: string): string {
  if (/<\?(?:php\b|=)/i.test(text)) return 'PHP';
  if (/<%@?\s*(?:page|import|eval|Runtime)\b/i.test(text)) return 'JSP';
  return /^#!\s*\/\S*(?:sh|perl|python|php|ruby)/.test(text) ? 'script' : '';
}

const INPUT = String.raw`\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)|php:\/\/input|getallheaders`;
const TRICKS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [
    new RegExp(
      String.raw`\b(eval|assert|system|exec|shell_exec|passthru|popen|proc_open|create_function|include|require)(?:_once)?\s{0,50}\(?[^;\n]{0,200}(?:${INPUT})`,
      'i',
    ),
    '$1 of what the visitor sends',
  ],
  [/\beval\s*\(\s*(base64_decode|gzinflate|gzuncompress|str_rot13|hex2bin|rawurldecode)/i, 'eval of $1'],
  [
    /\b(?:base64_decode|gzinflate|str_rot13)\s*\(\s*(?:base64_decode|gzinflate|str_rot13|strrev)/i,
    'code wrapped several times',
  ],
  [/preg_replace\s*\(\s*["'][^"'\n]{0,80}\/\w{0,12}e\w{0,12}["']/i, 'preg_replace that runs code'],
  [/\$\w+\s*\(\s*\$_(?:GET|POST|REQUEST|COOKIE)/i, 'function chosen by a variable, with what the visitor sends'],
  [/\$\{?\$?_?(?:GET|POST|REQUEST|COOKIE)\}?\[[^\]]{1,40}\]\s*\(/i, 'function chosen by the visitor'],
  [/Runtime\.getRuntime\(\)\s*\.\s*exec|new\s+ProcessBuilder\s*\(/, 'program run from Java'],
  [/\b(?:WScript\.Shell|Process\.Start|cmd\.exe)\b/i, 'program run from ASP'],
  [
    /\b(?:os\.(?:system|popen)|subprocess\.(?:call|run|Popen|check_output))\s*\([^\n]{0,200}(?:QUERY_STRING|FieldStorage|environ|request\.)/,
    'program of the visitor run from Python',
  ],
  [
    /\b(?:fsockopen|pfsockopen|stream_socket_client)\s*\([^\n]{0,200}\b(?:\/bin\/|cmd|sh)\b|\/dev\/tcp\//i,
    'connection with a shell',
  ],
  [/\b(?:c99|r57|b374k|wso|weevely|FilesMan|antak|china ?chopper)\b/i, 'name of a known web shell'],
  [
    /^[ \t]*(?:php_value|php_admin_value)[ \t]+auto_(?:prepend|append)_file|^[ \t]*auto_(?:prepend|append)_file\s*=/im,
    'file that runs before every page',
  ],
  [/^[ \t]*(?:AddHandler|AddType|SetHandler)[ \t][^\n]*(?:php|cgi|perl)/im, 'other files made to run'],
];

const MAX_TEXT = 256 << 10;

/** Words that web shells are made of, each once. */
export function webTricksOf(text: string): string[] {
  const part = text.slice(0, MAX_TEXT);
  const found = new Set<string>();
  for (const [pattern, name] of TRICKS) {
    const match = pattern.exec(part);
    if (match !== null) found.add(name.replace('$1', () => match[1] ?? ''));
  }
  return [...found];
}

/** Folders of pages that a configuration of nginx or Apache names; variables in them are left out. */
export function webRootsIn(text: string): string[] {
  const active = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  const found = [
    ...active.matchAll(/^[ \t]*(?:root|DocumentRoot|alias|ScriptAlias[ \t]+\S+)[ \t]+["']?(\/[^\s"';]+)["']?\s*;?/gim),
  ];
  return [
    ...new Set(found.map(([, path = '']) => trimEndOf(path, '/')).filter((path) => path !== '' && !path.includes('$'))),
  ];
}
