/** Cases of reading: configuration text, state files, dates, options, scripts. */

import { block, OLD, ONE, SCRIPTS, TWO } from './cases.ts';
import type { Case } from './referee.ts';

const SECOND = '\n@/log/b.log {\ndaily\n}\n';
const NEWER = 'monthly N and minutes are newer than 3.21';
const BIG = 'upstream keeps the low 32 bits; we refuse a number that cannot be meant';
const TWO_WORDS = 'two words are owner and group since 3.22, so 644 is an unknown user';
const FIXED = 'upstream prints the rest of the file instead of the value';

/** One block with these lines, another one behind it; nothing due. */
function read(bodies: readonly string[], differs?: Case['differs']): Case[] {
  return bodies.map((body) => ({
    name: `reads: ${body}`,
    setup: TWO,
    config: block(body) + SECOND,
    args: '-d',
    ...(differs === undefined ? {} : { differs }),
  }));
}

const values: Case[] = [
  ...read([
    'size 10k', 'size=10k', 'size = 10M', 'size 5G', 'size k', 'size 0x10', 'size 010', 'size +5', 'size 10x', 'size 1k1',
    'size', 'size 3 k', 'size -1', 'minsize 1k; daily', 'maxsize 10k; weekly', 'minsize', 'size 99999999999999999999',
    'weekly', 'weekly 0', 'weekly 7', 'weekly 8', 'weekly foo', 'weekly=3', 'hourly', 'hourly 3', 'daily', 'yearly', 'monthly',
    'daily; hourly; size 1', 'size 1; daily', 'weekly; weekly 3', 'hourly daily',
    'rotate 3', 'rotate=3', 'rotate 0x3', 'rotate 010', 'rotate -1', 'rotate -2', 'rotate 3x', 'rotate', 'rotate 1 foo',
    'start 0', 'start -1', 'start a', 'start', 'shredcycles 3', 'shredcycles a', 'maxage 3', 'minage 3',
    'create 0644', 'create root adm', 'create 0644 root adm x', 'create 0644 nosuch adm', 'create 0644 root nosuch', 'create',
    'create 0644 0 4', 'create 0644 99999 4', 'su root', 'su', 'su root adm', 'su a b c', 'su root nogrp', 'su 0 0',
    'olddir @/log', 'olddir /nonex', 'olddir ~/nosuch', 'olddir', 'createolddir x y z w', 'mail', 'mail a@example.org',
    'compresscmd foo', 'compresscmd /usr/bin/xz', 'compresscmd zstd', 'compresscmd', 'compressoptions -9 -v', 'compressoptions',
    'compressext .foo', 'uncompresscmd unxz', 'dateformat %Y', 'dateext dateformat', 'extension .log', 'extension', 'addextension .x',
    'tabooext + .x', 'taboopat a', 'include /nosuch', 'include', 'endscript', 'nosuchword bla', 'Compress', 'compress;', 'sharedscripts=1',
    'ifempty,', '1234', '{', 'compress # comment', '# comment', 'copytruncate; renamecopy', 'ignoreduplicates', 'allowhardlink',
    'errors marcel', 'errors', 'foo=bar',
    'prerotate\n a\nendscript; prerotate\n b\nendscript', 'prerotate\n foo', 'rotate x; postrotate\n }\n endscript',
    'postrotate foo\n bar\nendscript baz',
  ]),
  ...read(['minage x', 'maxage -3', 'maxage 3 x', 'mail a b', 'mail "a b"'], { words: FIXED }),
  ...read(['create 0999'], { words: 'upstream reads the digit 0 as the mode and 999 as the user' }),
  ...read(['rotate 99999999999999'], {
    words: BIG,
    code: BIG,
  }),
  ...read(['create 644 root'], {
    words: TWO_WORDS,
    code: TWO_WORDS,
  }),
  ...read(['monthly 3', 'minutes 3'], { words: NEWER, code: NEWER }),
];

const MULTILINE = 'upstream does not count the lines that names take';
const UNCLOSED = 'upstream runs a paragraph with a mistake when its } is not in the first column; we keep our word and skip it';

const texts: readonly (readonly [string, string, Case['differs']?])[] = [
  ['}\n@/log/b.log {\n}\n', 'closes nothing'],
  ['%foo\n@/log/b.log {\n}\n', 'bad first character'],
  ['rotate\n@/log/b.log {\n}\n', 'value missing at the top'],
  ['size 1k1\n@/log/b.log {\n}\n', 'bad value at the top'],
  ['compress', 'word without line end'],
  ['rotate 3', 'value without line end'],
  ['#foo', 'comment without line end'],
  ['@/log/a.log {\nrotate 3', 'not closed'],
  ['@/log/a.log {', 'only opened'],
  ['@/log/a.log \n missingok\n', 'never opened'],
  ['@/log/a.log {\npostrotate\nfoo\n', 'script without end'],
  ['@/log/a.log {\npostrotate\nfoo\nendscript', 'script ends the file'],
  ['@/log/a.log { missingok }\n@/log/b.log\n{\nrotate 1\n}\n', 'closed on the same line'],
  ['@/log/a.log {\n} foo\n@/log/b.log {\n}\n', 'text after the end'],
  ['@/log/a.log {\n} @/log/b.log {\n}\n', 'names after the end'],
  ['@/log/a.log {\n @/log/b.log {\n }\n foo x\n}\nbar x\n', 'names inside'],
  ['@/log/a.log @/log/a.log {\n}\n', 'the same twice'],
  ['@/log/a.log {\n}\n@/log/a.log {\n}\n', 'the same in two'],
  ['@/log/*.log {\n}\n@/log/a.log @/log/b.log {\n}\n', 'the same by a pattern'],
  ['@/log/*.log {\nignoreduplicates\n}\n@/log/*.log {\n}\n', 'duplicates ignored'],
  ['@/log/*.log {\n}\n@/log/*.log {\nignoreduplicates\n}\n', 'duplicates ignored too late'],
  ['"@/log/a.log" \'@/log/b.log\' {\n}\n', 'quoted'],
  ['@/log/"a".log {\n}\n', 'quoted within'],
  ['@/log/"a.log {\n}\n', 'quote not closed'],
  ['@/log/a\\.log {\n}\n', 'backslash'],
  ['"" {\n}\n', 'empty name'],
  ['@/log/{a,b}.log {\n}\n', 'braces'],
  ['@/log/a.log # @/log/b.log {\n}\n', 'comment behind names'],
  ['@/log/a.log\n# bla {\n@/log/b.log {\n}\n', 'comment between names'],
  ['@/log/a.log\n@/log/b.log\n{\nnosuch 1\n}\n', 'names on lines', { words: MULTILINE }],
  ['~/nosuch.log {\n}\n~nosuchuser/x {\n}\n', 'tilde'],
  ['weekly\nrotate 4\n@/log/a.log {\nrotate 2\n}\n@/log/b.log {\n}\n', 'globals and own'],
  ['@/log/a.log {\n}\nrotate 7\n@/log/b.log {\n}\n', 'globals change on the way'],
  ['rotate 9\n@/log/a.log {\nrotate x\n}\n@/log/b.log {\n}\n', 'bad block is left out'],
  ['@/log/a.log {\nrotate\n}\n@/log/b.log {\n}\n', 'value missing takes the end with it'],
  ['@/log/a.log {\n rotate x\n }\n@/log/b.log {\n}\n', 'bad block, indented end, another behind it'],
  ['@/log/a.log {\n rotate x\n }\n', 'bad block, indented end, nothing behind it', { words: UNCLOSED, state: UNCLOSED }],
  ['@/log/a.log {\n monthly x\n daily\n}\n@/log/b.log {\n daily\n}\n', 'monthly with a bad day', { words: NEWER, code: NEWER }],
  ['postrotate\nfoo\nendscript\n@/log/a.log {\n}\n', 'script at the top'],
  ['@/log/a.log {\r\nrotate 3\r\n}\r\n', 'line ends of DOS'],
  ['\n\n\n   \t\n', 'blank'],
  ['rotate 4\nerrors marcel\ninclude @/inc\n', "the seed's own"],
  ['"@/log/a.log" {\n rotate 5\n  /sbin/killall -HUP syslogd\nendscript\n}\n', "the seed's paragraph without postrotate"],
  ['daily\n@/log/a.log {\n hourly,\n}\n@/log/b.log {\n weekly\n}\n', 'mistake, then a criterion'],
];

const INC =
  "mkdir inc; printf 'rotate 7\\n@/log/b.log {\\n}\\n' > inc/b; printf 'rotatex\\n' > inc/a; printf 'rotate 9\\nrotate x\\n' > inc/c; : > inc/d; echo '}' > inc/e.bak; echo '}' > inc/f~; echo '}' > inc/g.rhn-cfg-tmp-x; mkdir inc/sub; chmod 644 inc/*; chmod 755 inc/sub";

const includes: Case[] = [
  ['include @/inc\n@/log/a.log {\n}\n', 'folder'],
  ['include inc\n@/log/a.log {\n}\n', 'relative folder'],
  ['include inc/b\n@/log/a.log {\n}\n', 'file'],
  ['include inc/c\n@/log/a.log {\n}\n', 'bad file'],
  ['include inc/b foo\n', 'two names'],
  ['include inc/nosuch\n@/log/a.log {\n}\n', 'missing'],
  ['tabooext + .foo b\ninclude @/inc\n@/log/a.log {\n}\n', 'tabooext adds'],
  ['tabooext .foo,b\ninclude @/inc\n@/log/a.log {\n}\n', 'tabooext replaces'],
  ['taboopat *b,c*\ninclude @/inc\n@/log/a.log {\n}\n', 'taboopat'],
  ['taboopat + [ab]\ninclude @/inc\n', 'taboopat adds'],
  ['rotate 1\ninclude @/inc\nrotate 2\n@/log/a.log {\n}\n', 'settings leak out'],
  ['@/log/a.log {\ninclude inc/b\n}\n', 'inside a block'],
  ['include inc/b\ninclude @/app.conf\n', 'itself'],
].map(([config = '', name = '']) => ({ name: `include: ${name}`, setup: `${TWO}; ${INC}`, config, args: '-d' }));

const WRITABLE = 'leaving such a file out is exit code 1 since 3.22';
const files: Case[] = [
  { name: 'config with mode 0755', setup: 'chmod 755 .; cat > x.conf </dev/null; printf "compress\\n" > x; chmod 755 x', config: 'include @/x\n', args: '-v' },
  { name: 'config writable by group', setup: 'printf "compress\\n" > x; chmod 664 x', config: 'include @/x\n', args: '-v', differs: { code: WRITABLE } },
  { name: 'config writable by group, in a folder', setup: 'mkdir d; printf "compress\\n" > d/x; chmod 664 d/x', config: 'include @/d\n', args: '-v', differs: { code: WRITABLE, words: 'and "found error in file"' } },
  { name: 'config of another owner', setup: 'printf "compress\\n" > x; chmod 644 x; chown daemon x', config: 'include @/x\n', args: '-v', differs: { code: WRITABLE } },
  { name: 'config is a symlink', setup: `${ONE}; printf "compress\\n" > x; ln -s x y`, config: 'include @/y\n@/log/a.log {\n}\n', args: '-v' },
  { name: 'config is empty', config: 'include @/log\n', args: '-v' },
];

/** Every kind of date against every time criterion. */
const DATES = ['2026-11-21-0:0:0', '2020-1-1-0:0:0', '1900-1-1-0:0:0', '2037-1-1-0:0:0'];
const criteria: Case[] = ['hourly', 'daily', 'weekly', 'weekly 7', 'monthly', 'yearly', 'size 1', 'daily; minsize 100', 'daily; maxsize 1', 'daily; minage 5', 'daily; notifempty']
  .flatMap((criterion) =>
    DATES.slice(1).map((date) => ({
      name: `due: ${criterion} since ${date}`,
      setup: ONE,
      config: block(`rotate 2; ${criterion}`),
      state: `"@/log/a.log" ${date}\n`,
    })),
  );

const KEEPS = 'upstream forgets the rows after a bad one; we keep them';
const states: Case[] = [
  ['empty', ''],
  ['of nothing we know', 'logrotate foo\n'],
  ['version 1', 'logrotate state -- version 1\n"@/log/a.log" 2020-1-3\n'],
  ['version 1 without quotes', 'logrotate state -- version 1\n@/log/a.log 2020-1-3\n'],
  ['version 3', 'logrotate state -- version 3\n'],
  ['first line without end', 'logrotate state -- version 2'],
  ['month 13', 'logrotate state -- version 2\n"@/log/a.log" 2026-13-2\n'],
  ['day 32', 'logrotate state -- version 2\n"@/log/a.log" 2026-1-32\n'],
  ['day 0', 'logrotate state -- version 2\n"@/log/a.log" 2020-1-0\n'],
  ['hour only', 'logrotate state -- version 2\n"@/log/a.log" 2020-12-2-3\n'],
  ['hour 25', 'logrotate state -- version 2\n"@/log/a.log" 2026-11-21-25:0:0\n'],
  ['second 60', 'logrotate state -- version 2\n"@/log/a.log" 2026-2-3-0:0:60\n'],
  ['year 1969', 'logrotate state -- version 2\n"@/log/a.log" 1969-1-1-0:0:0\n'],
  ['quote not closed', 'logrotate state -- version 2\n"@/log/a.log 2026-11-21-1:0:0\n'],
  ['three words', 'logrotate state -- version 2\n"@/log/a.log" 2020-2-3-0:0:0 foo\n'],
  ['last line without end', 'logrotate state -- version 2\n"@/log/a.log" 2020-11-23-0:0:0'],
  ['escapes', 'logrotate state -- version 2\n"@/x\\"y\\\\z" 2026-1-1-0:0:0\n'],
  ['forgotten logs', 'logrotate state -- version 2\n"@/gone" 2024-1-1-0:0:0\n"@/recent" 2026-8-1-0:0:0\n'],
].map(([name = '', state = '']) => ({ name: `state: ${name}`, setup: ONE, config: block('rotate 2; daily'), state }));

const moreStates: Case[] = [
  {
    name: 'state: rows after a bad one',
    setup: TWO,
    config: block('rotate 2; daily') + SECOND,
    state: 'logrotate state -- version 2\nbad\n"@/log/b.log" 2020-1-1-0:0:0\n',
    differs: { words: KEEPS, files: KEEPS, state: KEEPS },
  },
  { name: 'state: symlink', setup: `${ONE}; ln -s elsewhere state`, config: block('rotate 2; daily') },
  { name: 'state: folder', setup: `${ONE}; mkdir state`, config: block('rotate 2; daily') },
  { name: 'state: readable by all', setup: `${ONE}; printf 'logrotate state -- version 2\\n' > state; chmod 644 state`, config: block('rotate 2; daily') },
  { name: 'state: of another owner', setup: `${ONE}; printf 'logrotate state -- version 2\\n' > state; chmod 600 state; chown daemon:adm state`, config: block('rotate 2; daily') },
  { name: 'state: temporary file in the way', setup: `${ONE}; echo x > state.tmp`, config: block('rotate 2; daily') },
  { name: 'state: /dev/null', setup: ONE, config: block('rotate 2; create'), args: '-vf -s /dev/null', },
  { name: 'state: locked', setup: `${ONE}; printf 'logrotate state -- version 2\\n' > state; chmod 600 state; (flock 9; sleep 3) 9<state >/dev/null 2>&1 &\nsleep 0.1`, config: block('rotate 2'), args: '-vf' },
  { name: 'state: locked, lock skipped', setup: `${ONE}; printf 'logrotate state -- version 2\\n' > state; chmod 600 state; (flock 9; sleep 2) 9<state >/dev/null 2>&1 &\nsleep 0.1`, config: block('rotate 2'), args: '-vf --skip-state-lock' },
  { name: 'state: locked, waits', setup: `${ONE}; printf 'logrotate state -- version 2\\n' > state; chmod 600 state; (flock 9; sleep 1) 9<state >/dev/null 2>&1 &\nsleep 0.1`, config: block('rotate 2'), args: '-vf --wait-for-state-lock' },
];

const VERSION = 'our version line';
const SKIPS = '3.21 does not copy with rotate 0, and then has nothing to mail; fixed upstream';
const options: Case[] = [
  { name: 'options: quiet', setup: OLD, config: block('rotate 2; create'), args: '-f' },
  { name: 'options: debug', setup: OLD, config: block(`rotate 2; create; compress\n${SCRIPTS}`), args: '-df' },
  { name: 'options: debug, shared', setup: OLD, config: block(`rotate 2; create; compress; delaycompress; sharedscripts\n${SCRIPTS}`), args: '-d -f' },
  { name: 'options: debug, olddir to be made', setup: ONE, config: block('rotate 2; olddir x; createolddir 755 root root'), args: '-df', differs: { files: 'upstream makes the folder although it says that it does nothing' } },
  { name: 'options: joined', setup: ONE, config: block('rotate 2'), args: '-vfs @/st' },
  { name: 'options: long', setup: ONE, config: block('rotate 2'), args: '--verbose --force --state=@/st --mail=/bin/true' },
  { name: 'options: unknown', config: block('rotate 2'), args: '--nosuch' },
  { name: 'options: switch with a value', config: block('rotate 2'), args: '--force=3' },
  { name: 'options: both locks', config: block('rotate 2'), args: '--skip-state-lock --wait-for-state-lock' },
  { name: 'options: no configuration', config: '', args: '-v', differs: { words: VERSION } },
  { name: 'options: help', config: '', args: '--help' },
  { name: 'options: usage', config: '', args: '--usage' },
  { name: 'options: version', config: '', args: '--version', differs: { words: VERSION } },
  { name: 'options: configuration is missing', config: '', args: '-v @/nosuch.conf' },
  { name: 'options: folder as configuration', setup: `${TWO}; ${INC}`, config: '', args: '-v @/inc' },
  { name: 'options: log file', setup: ONE, config: block('rotate 2; create'), args: '-f -l @/out.txt', differs: { files: 'the log tells the time of now' } },
  { name: 'options: log file that cannot be made', setup: ONE, config: block('rotate 2; create'), args: '-f -l @/no/out.txt' },
  { name: 'options: mail command', setup: `${OLD}; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`, config: block('rotate 2; mail me@example.org'), args: '-vf -m @/m' },
  { name: 'mailfirst', setup: `${OLD}; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`, config: block('rotate 2; mail me@example.org; mailfirst'), args: '-vf -m @/m' },
  ...['compress', 'compress; mailfirst', 'compress; delaycompress', 'compress; delaycompress; mailfirst', 'dateext; compress', 'rotate 0; compress', 'mailfirst; rotate 0; copytruncate'].map((body) => ({
    name: `mails: ${body}`,
    setup: `${ONE}; for n in 1 2 3; do echo old$n | gzip > log/a.log.$n.gz; echo d$n | gzip > log/a.log-2024010$n.gz; done; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`,
    config: block(`rotate 2; mail me@example.org; ${body}`),
    args: '-vf -m @/m',
    ...(body.includes('copytruncate')
      ? { differs: { words: SKIPS, files: SKIPS, code: SKIPS } }
      : {}),
  })),
  { name: 'mail fails', setup: OLD, config: block('rotate 2; mail me@example.org'), args: '-vf -m /bin/false' },
  { name: 'nomail', setup: OLD, config: block('rotate 2; mail me@example.org; nomail'), args: '-vf' },
];

const failing = (name: string): string => `${name}\n echo "${name} $# <$1> <$2>" >> @/log/scripts; exit 1\nendscript`;
const scripts: Case[] = [
  ['each', ''],
  ['shared', 'sharedscripts; '],
].flatMap(([how = '', prefix = '']) => [
  { name: `scripts, ${how}`, setup: TWO, config: block(`${prefix}rotate 2; create\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
  { name: `scripts, ${how}, compress`, setup: TWO, config: block(`${prefix}rotate 2; create; compress\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
  { name: `scripts, ${how}, dateext`, setup: TWO, config: block(`${prefix}rotate 2; dateext\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
  { name: `scripts, ${how}, copytruncate`, setup: TWO, config: block(`${prefix}rotate 2; copytruncate\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
  { name: `scripts, ${how}, nothing due`, setup: TWO, config: block(`${prefix}rotate 2; daily\n${SCRIPTS}`, '@/log/*.log'), args: '-v' },
  { name: `scripts, ${how}, one due`, setup: `${TWO}; : > log/b.log`, config: block(`${prefix}rotate 2; notifempty\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
  { name: `scripts, ${how}, one missing`, setup: TWO, config: block(`${prefix}rotate 2\n${SCRIPTS}`, '@/log/*.log @/log/gone'), args: '-vf' },
  ...['firstaction', 'prerotate', 'postrotate', 'lastaction'].map((bad) => ({
    name: `scripts, ${how}, ${bad} fails`,
    setup: TWO,
    config: block(`${prefix}rotate 2; compress\n${SCRIPTS.replace(new RegExp(`${bad}\\n[\\s\\S]*?endscript`), failing(bad))}`, '@/log/*.log'),
    args: '-vf',
  })),
  { name: `rename fails, ${how}`, setup: `${TWO}; mkdir log/a.log.1`, config: block(`${prefix}rotate 1; create\n${SCRIPTS}`, '@/log/*.log'), args: '-vf' },
]);

export const moreCases: readonly Case[] = [
  ...values,
  ...texts.map(([config, name, differs]) => ({
    name: `text: ${name}`,
    setup: `${TWO}; ${INC}`,
    config,
    args: '-d',
    ...(differs === undefined ? {} : { differs }),
  })),
  ...includes,
  ...files,
  ...criteria,
  ...states,
  ...moreStates,
  ...options,
  ...scripts,
];
