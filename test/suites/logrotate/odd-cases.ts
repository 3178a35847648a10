/** Odd cases: what nobody writes on purpose, and what scripts, other devices and failing programs make of a run. */

import { oddTexts } from './odd-texts.ts';
import type { Case } from './referee.ts';
import { block, DATED, OLD, OLD_GZ, ONE, SCRIPTS, TWO } from './trees.ts';

const MAILER = `printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`;

const KEPT = 'upstream renames over a.log.1 and so loses it; we keep it as a .backup, and tell of it';
const LEFT_OVER = { files: KEPT, words: KEPT };
const UNCLOSED = 'upstream runs a paragraph with a mistake when nothing follows it; we keep our word and skip it';
const TWO_WORDS = 'two words are owner and group since 3.22; 3.21 reads the digit 0 as the mode';
const ZERO = 'upstream ends a word at a byte of zero; for us it is no number';

/** One paragraph, forced and told of. */
const forced = (name: string, setup: string, body: string, names = '@/log/a.log'): Case => ({
  name: `odd: ${name}`,
  setup,
  config: block(body, names),
  args: '-vf',
});

/** As `forced`, with a mail command that writes down what it got. */
const mailed = (name: string, setup: string, body: string): Case => ({
  name: `odd: ${name}`,
  setup: `${setup}; ${MAILER}`,
  config: block(body),
  args: '-vf -m @/m',
});

/** What differs from 3.21 on purpose, by the end of a case's name. */
const DIFFERS: Readonly<Record<string, NonNullable<Case['differs']>>> = {
  'compress; delaycompress; nodelaycompress': LEFT_OVER,
  'nocompress; compress; compressext .z': LEFT_OVER,
  'rotated file is a dangling symlink': LEFT_OVER,
  'compress; compressext': { words: UNCLOSED, state: UNCLOSED },
  'create 0 daemon': { words: TWO_WORDS, files: TWO_WORDS },
  'byte of zero': { words: ZERO, code: ZERO },
  'rotated files match the pattern': { words: 'upstream tells of the ACL of a file that is gone, we of its rename' },
};

const sizes: Case[] = ['size 1M', 'size 2k', 'size 2', 'size 3', 'maxsize 1', 'minsize 1; daily', 'size 0'].map(
  (body) => ({
    name: `odd size: ${body}`,
    setup: ONE,
    config: block(`rotate 2; ${body}`),
    state: '"@/log/a.log" 2026-1-1-0:0:0\n',
    args: '-v',
  }),
);

const together: Case[] = [
  'copy; create 0600',
  'copy; nocopy; create',
  'copytruncate; nocopytruncate',
  'copytruncate; nocopy',
  'renamecopy; norenamecopy',
  'copytruncate; delaycompress; compress',
  'renamecopy; delaycompress; compress',
  'renamecopy; dateext',
  'renamecopy; olddir old; createolddir 755 root root',
  'copytruncate; olddir old; createolddir 755 root root; compress',
  'copytruncate; dateext; compress',
  'compress; delaycompress; nodelaycompress',
  'delaycompress',
  'nocompress; compress; compressext .z',
  'compress; compressext',
  'compress; extension .log; addextension .x',
  'extension .log; dateext; dateformat .%s',
  'addextension .log; dateext',
  'extension log; start 3',
  'extension .lo',
  'dateext; dateformat %Y',
  'dateext; dateformat -%Y-%Y',
  'dateext; dateformat -%%%d',
  'dateext; dateformat -%-%d',
  'dateext; dateformat -%d%',
  'dateext; dateformat -[%d]',
  'dateext; dateformat -*%d',
  'dateext; daily; dateyesterday; datehourago',
  'dateext; weekly; nodateyesterday',
  'dateyesterday',
  'mail a@example.org; nomail; rotate 1',
  'start 3; rotate 0',
  'start 0; rotate 1; compress; delaycompress',
  'create 0; nocreate',
  'create 7777 root root',
  'create 0 daemon',
  'create  0600   daemon    adm',
  'nocreate; copytruncate',
  'shred; nocompress; copy',
  'shred; shredcycles 1; noshred',
  'maxage 1; minage 1',
  'minage 100',
  'nomissingok; noifempty',
  'notifempty; ifempty',
  'sharedscripts; nosharedscripts',
].map((body) => forced(`with old logs: ${body}`, OLD, `rotate 2; ${body}`));

const packed: Case[] = [
  'rotate 2; compress; dateext',
  'rotate 2; compress; olddir old; createolddir 755 root root',
  'rotate 2; compress; shred',
  'rotate 1; compress; mail a@example.org',
  'rotate 2; compress; start 0',
  'rotate 2; compress; compressext .bz2',
  'rotate 2; compress; maxage 3; delaycompress',
  'rotate 2; compress; copy; delaycompress',
].map((body) => mailed(`with packed logs: ${body}`, OLD_GZ, body));

const dated: Case[] = [
  'rotate 2; dateext; compress; delaycompress; mail a@example.org',
  'rotate 1; dateext; shred',
  'rotate 0; dateext; compress',
  'rotate 2; dateext; extension .log',
  'rotate 2; dateext; preremove\necho "$# $1" >> @/log/scripts\nendscript',
  'rotate 2; dateext; maxage 1; mail a@example.org',
].map((body) => mailed(`with dated logs: ${body}`, DATED, body));

const files: Case[] = [
  forced('parent is a symlink', `${ONE}; mv log real; ln -s real log`, 'rotate 2; create'),
  forced('olddir is a symlink', `${ONE}; mkdir real; ln -s ../real log/old`, 'rotate 2; olddir old'),
  forced(
    'olddir is not ours',
    `${ONE}; mkdir log/old; chown daemon log/old; chmod 777 log/old`,
    'rotate 2; olddir old',
  ),
  forced('olddir on another device', ONE, 'rotate 2; olddir /dev/shm'),
  forced('olddir on another device, copy', ONE, 'rotate 2; olddir /dev/shm/none; copy'),
  forced('su, olddir of somebody else', `${ONE}; chmod 777 log; mkdir log/old`, 'su daemon adm; rotate 2; olddir old'),
  forced(
    'su, olddir to be made',
    `${ONE}; chmod 777 log`,
    'su daemon adm; rotate 2; olddir old; createolddir 750 daemon adm',
  ),
  forced('su, copytruncate', `${ONE}; chmod 777 log`, 'su daemon adm; rotate 2; copytruncate; compress'),
  forced(
    'su, delaycompress',
    `${OLD}; chmod 777 log; chown daemon log/*`,
    'su daemon adm; rotate 2; compress; delaycompress',
  ),
  forced('su, mail', `${ONE}; chmod 777 log`, 'su daemon adm; rotate 0; mail a@example.org'),
  forced('rotated file is a symlink', `${OLD}; rm log/a.log.1; ln -s a.log.2 log/a.log.1`, 'rotate 3'),
  forced('rotated file is a dangling symlink', `${ONE}; ln -s nowhere log/a.log.1`, 'rotate 3; compress'),
  forced('a pipe among rotated files', `${OLD}; rm log/a.log.2; mkfifo log/a.log.2`, 'rotate 3'),
  forced('name ends with a number', 'echo x > log/a.1; echo y > log/a.1.1', 'rotate 2', '@/log/a.1'),
  forced('rotated files match the pattern', OLD, 'rotate 2', '@/log/*'),
  forced('two patterns for one log', TWO, 'rotate 2', '@/log/a* @/log/*.log'),
  forced('slashes', ONE, 'rotate 2', '@/log//a.log'),
  forced('dots in the path', ONE, 'rotate 2', '@/log/../log/a.log'),
  forced('log of mode 0', `${ONE}; chmod 0 log/a.log`, 'rotate 2; create; compress'),
  forced('log with set-id bits', `${ONE}; chmod 6755 log/a.log`, 'rotate 2; create'),
  forced('log with set-id bits, copied', `${ONE}; chmod 6755 log/a.log`, 'rotate 2; copy'),
  forced('log with set-id bits, packed', `${ONE}; chmod 6755 log/a.log`, 'rotate 2; compress'),
  forced('sticky log, renamecopy', `${ONE}; chmod 1640 log/a.log`, 'rotate 2; renamecopy; create; compress'),
  forced('log in a folder of mode 0', `${ONE}; chmod 0 log`, 'rotate 2; create'),
  forced('sticky world-writable folder', `${ONE}; chmod 1777 log`, 'rotate 2; create'),
  forced(
    'name with a dollar and a backtick',
    "echo x > 'log/a$(id)`id`.log'",
    'rotate 2; compress; postrotate\necho "$1" >> @/log/out\nendscript',
    '@/log/*.log',
  ),
  forced('name that begins with a dash', 'echo x > log/-n.log', 'rotate 2; compress', '@/log/*.log'),
  forced('long name', `echo x > log/${'n'.repeat(250)}`, 'rotate 2', `@/log/${'n'.repeat(250)}`),
  forced('long name, dated', `echo x > log/${'n'.repeat(245)}`, 'rotate 2; dateext; copy', `@/log/${'n'.repeat(245)}`),
];

const runs: Case[] = [
  {
    name: 'odd run: several configurations',
    setup: `${TWO}; printf '@/log/b.log {\\nrotate 1\\n}\\n' > b.conf; chmod 644 b.conf`,
    config: block('rotate 2'),
    args: '-vf @/b.conf',
  },
  { name: 'odd run: the same configuration twice', setup: ONE, config: block('rotate 2'), args: '-vf @/app.conf' },
  { name: 'odd run: one configuration is missing', setup: ONE, config: block('rotate 2'), args: '-vf @/none.conf' },
  {
    name: 'odd run: globals of the first reach the second',
    setup: `${TWO}; printf 'rotate 1\\ncompress\\n' > b.conf; chmod 644 b.conf`,
    config: block('create'),
    args: '-vf @/b.conf',
  },
  {
    name: 'odd run: debug and force and verbose',
    setup: OLD,
    config: block('rotate 2; compress; mail a@example.org'),
    args: '-dvf',
  },
  { name: 'odd run: debug of copytruncate', setup: OLD, config: block('rotate 2; copytruncate; dateext'), args: '-df' },
  { name: 'odd run: debug of renamecopy', setup: OLD, config: block('rotate 2; renamecopy; shred'), args: '-df' },
  { name: 'odd run: quiet with an error', config: block('rotate 2'), args: '-f' },
  { name: 'odd run: verbose twice', setup: ONE, config: block('rotate 2'), args: '-v -v' },
  {
    name: 'odd run: state in a missing folder',
    setup: ONE,
    config: block('rotate 2'),
    args: '-vf --state @/no/such/state',
  },
  { name: 'odd run: option cut short', setup: ONE, config: block('rotate 2'), args: '--verb --forc' },
  {
    name: 'odd run: mail command with blanks',
    setup: `${OLD}; ${MAILER}`,
    config: block('rotate 2; mail a@example.org'),
    args: '-vf --mail=@/m',
  },
  {
    name: 'odd run: mail command is missing',
    setup: OLD,
    config: block('rotate 2; mail a@example.org'),
    args: '-vf -m /no/such/mailer',
  },
  {
    name: 'odd run: nothing due, all scripts',
    setup: TWO,
    config: block(`daily; sharedscripts\n${SCRIPTS}`, '@/log/*.log'),
    args: '-v',
  },
  {
    name: 'odd run: empty pattern with scripts',
    config: block(`rotate 1; sharedscripts; missingok\n${SCRIPTS}`, '@/log/*.none'),
    args: '-vf',
  },
  {
    name: 'odd run: firstaction fails, second paragraph goes on',
    setup: TWO,
    config: `${block('rotate 1; firstaction\nexit 3\nendscript')}${block('rotate 1', '@/log/b.log')}`,
    args: '-vf',
  },
  {
    name: 'odd run: script is killed',
    setup: ONE,
    config: block('rotate 1; postrotate\nkill -9 $$\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: script reads its input',
    setup: ONE,
    config: block('rotate 1; postrotate\ncat > @/log/input\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: script writes to both',
    setup: ONE,
    config: block('rotate 1; postrotate\necho out; echo err >&2\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: script is no shell',
    setup: ONE,
    config: block('rotate 1; postrotate\nif then\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: script sees its folder',
    setup: ONE,
    config: block('rotate 1; postrotate\npwd > @/log/where\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: prerotate fails for one of two',
    setup: TWO,
    config: block('rotate 1; create; prerotate\ncase $1 in *a.log) exit 1;; esac\nendscript', '@/log/*.log'),
    args: '-vf',
  },
  {
    name: 'odd run: compressor fails for one of two',
    setup: `${TWO}; printf '#!/bin/sh\\ncase $LOGROTATE_COMPRESSED_FILENAME in *a.log*) echo no >&2; exit 1;; esac; cat\\n' > p; chmod 755 p`,
    config: block('rotate 1; compress; compresscmd @/p; compressext .p', '@/log/*.log'),
    args: '-vf',
  },
  {
    name: 'odd run: preremove at each removal',
    setup: `${OLD}; echo x > log/a.log.4`,
    config: block('rotate 2; maxage 1; preremove\necho "$# $1" >> @/log/scripts\nendscript'),
    args: '-vf',
  },
  {
    name: 'odd run: as a user, su to another',
    setup: ONE,
    as: 'games',
    config: block('su daemon adm; rotate 1'),
    args: '-vf',
  },
  {
    name: 'odd run: as a user, su to itself',
    setup: ONE,
    as: 'games',
    config: block('su games games; rotate 1'),
    args: '-vf',
  },
  {
    name: 'odd run: as a user, folder open to all',
    setup: `${ONE}; chmod 777 log`,
    as: 'games',
    config: block('rotate 1; copytruncate; compress'),
    args: '-vf',
  },
  {
    name: 'odd run: as a user, state of somebody else',
    setup: `${ONE}; mkdir s; touch s/st; chmod 700 s`,
    as: 'games',
    config: block('rotate 1'),
    args: '-vf --state /root/st',
  },
  {
    name: 'odd run: other locale',
    setup: TWO,
    env: { LC_ALL: 'C.UTF-8' },
    config: block('rotate 1', '@/log/*.log'),
    args: '-vf',
  },
  { name: 'odd run: no home', setup: ONE, env: { HOME: '' }, config: '~/nothing.log {\nmissingok\n}\n', args: '-v' },
  {
    name: 'odd run: no path',
    setup: ONE,
    env: { PATH: '/nonexistent' },
    config: block('rotate 1; shred; compress'),
    args: '-vf',
  },
];

const states: Case[] = [
  ['date only, version 2', 'logrotate state -- version 2\n"@/log/a.log" 2020-1-3\n'],
  ['blank lines', 'logrotate state -- version 2\n\n\n"@/log/a.log" 2020-1-3-1:2:3\n\n'],
  ['the same log twice', 'logrotate state -- version 2\n"@/log/a.log" 2020-1-3-1:2:3\n"@/log/a.log" 2026-1-3-1:2:3\n'],
  ['negative numbers', 'logrotate state -- version 2\n"@/log/a.log" 2020-1-3--1:2:3\n'],
  ['words for numbers', 'logrotate state -- version 2\n"@/log/a.log" x-y-z\n'],
  ['no date', 'logrotate state -- version 2\n"@/log/a.log"\n'],
  ['end of line of DOS', 'logrotate state -- version 2\r\n"@/log/a.log" 2020-1-3-1:2:3\r\n'],
  ['text behind the first line', 'logrotate state -- version 2 x\n"@/log/a.log" 2020-1-3-1:2:3\n'],
  ['single quotes', "logrotate state -- version 2\n'@/log/a.log' 2020-1-3-1:2:3\n"],
  ['tab between', 'logrotate state -- version 2\n"@/log/a.log"\t2020-1-3-1:2:3\n'],
  ['minute 60', 'logrotate state -- version 2\n"@/log/a.log" 2020-1-3-1:60:3\n'],
  ['year 2101', 'logrotate state -- version 2\n"@/log/a.log" 2101-1-3-1:6:3\n'],
  ['31st of February', 'logrotate state -- version 2\n"@/log/a.log" 2020-2-31-1:6:3\n'],
].map(([name = '', state = '']) => ({
  name: `odd state: ${name}`,
  setup: ONE,
  config: block('rotate 2; daily'),
  state,
}));

const all: readonly Case[] = [...sizes, ...together, ...packed, ...dated, ...oddTexts, ...files, ...runs, ...states];

export const oddCases: readonly Case[] = all.map((item) => {
  const known = Object.keys(DIFFERS).find((end) => item.name.endsWith(`: ${end}`));
  return known === undefined ? item : Object.assign({}, item, { differs: DIFFERS[known] });
});
