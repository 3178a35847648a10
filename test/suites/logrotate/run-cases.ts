/** Cases of options, mail and scripts. */

import type { Case } from './referee.ts';
import { block, INC, OLD, ONE, SCRIPTS, TWO } from './trees.ts';

const VERSION = 'our version line';
const SKIPS = '3.21 does not copy with rotate 0, and then has nothing to mail; fixed upstream';
const options: Case[] = [
  { name: 'options: quiet', setup: OLD, config: block('rotate 2; create'), args: '-f' },
  { name: 'options: debug', setup: OLD, config: block(`rotate 2; create; compress\n${SCRIPTS}`), args: '-df' },
  {
    name: 'options: debug, shared',
    setup: OLD,
    config: block(`rotate 2; create; compress; delaycompress; sharedscripts\n${SCRIPTS}`),
    args: '-d -f',
  },
  {
    name: 'options: debug, olddir to be made',
    setup: ONE,
    config: block('rotate 2; olddir x; createolddir 755 root root'),
    args: '-df',
    differs: { files: 'upstream makes the folder although it says that it does nothing' },
  },
  { name: 'options: joined', setup: ONE, config: block('rotate 2'), args: '-vfs @/st' },
  {
    name: 'options: long',
    setup: ONE,
    config: block('rotate 2'),
    args: '--verbose --force --state=@/st --mail=/bin/true',
  },
  { name: 'options: unknown', config: block('rotate 2'), args: '--nosuch' },
  { name: 'options: switch with a value', config: block('rotate 2'), args: '--force=3' },
  { name: 'options: both locks', config: block('rotate 2'), args: '--skip-state-lock --wait-for-state-lock' },
  { name: 'options: no configuration', config: '', args: '-v', differs: { words: VERSION } },
  { name: 'options: help', config: '', args: '--help' },
  { name: 'options: usage', config: '', args: '--usage' },
  { name: 'options: version', config: '', args: '--version', differs: { words: VERSION } },
  { name: 'options: configuration is missing', config: '', args: '-v @/nosuch.conf' },
  { name: 'options: folder as configuration', setup: `${TWO}; ${INC}`, config: '', args: '-v @/inc' },
  {
    name: 'options: log file',
    setup: ONE,
    config: block('rotate 2; create'),
    args: '-f -l @/out.txt',
    differs: { files: 'the log tells the time of now' },
  },
  {
    name: 'options: log file that cannot be made',
    setup: ONE,
    config: block('rotate 2; create'),
    args: '-f -l @/no/out.txt',
  },
  {
    name: 'options: mail command',
    setup: `${OLD}; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`,
    config: block('rotate 2; mail me@example.org'),
    args: '-vf -m @/m',
  },
  {
    name: 'mailfirst',
    setup: `${OLD}; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`,
    config: block('rotate 2; mail me@example.org; mailfirst'),
    args: '-vf -m @/m',
  },
  ...[
    'compress',
    'compress; mailfirst',
    'compress; delaycompress',
    'compress; delaycompress; mailfirst',
    'dateext; compress',
    'rotate 0; compress',
    'mailfirst; rotate 0; copytruncate',
  ].flatMap((body) => ({
    name: `mails: ${body}`,
    setup: `${ONE}; for n in 1 2 3; do echo old$n | gzip > log/a.log.$n.gz; echo d$n | gzip > log/a.log-2024010$n.gz; done; printf '#!/bin/sh\\necho "$#:$1:$2:$3" >> @/mailed; cat >> @/mailed\\n' > m; chmod 755 m`,
    config: block(`rotate 2; mail me@example.org; ${body}`),
    args: '-vf -m @/m',
    differs: body.includes('copytruncate') ? { words: SKIPS, files: SKIPS, code: SKIPS } : {},
  })),
  { name: 'mail fails', setup: OLD, config: block('rotate 2; mail me@example.org'), args: '-vf -m /bin/false' },
  { name: 'nomail', setup: OLD, config: block('rotate 2; mail me@example.org; nomail'), args: '-vf' },
];

const failing = (name: string): string => `${name}\n echo "${name} $# <$1> <$2>" >> @/log/scripts; exit 1\nendscript`;
const scriptCases = (how: string, prefix: string): Case[] => [
  {
    name: `scripts, ${how}`,
    setup: TWO,
    config: block(`${prefix}rotate 2; create\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
  {
    name: `scripts, ${how}, compress`,
    setup: TWO,
    config: block(`${prefix}rotate 2; create; compress\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
  {
    name: `scripts, ${how}, dateext`,
    setup: TWO,
    config: block(`${prefix}rotate 2; dateext\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
  {
    name: `scripts, ${how}, copytruncate`,
    setup: TWO,
    config: block(`${prefix}rotate 2; copytruncate\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
  {
    name: `scripts, ${how}, nothing due`,
    setup: TWO,
    config: block(`${prefix}rotate 2; daily\n${SCRIPTS}`, '@/log/*.log'),
    args: '-v',
  },
  {
    name: `scripts, ${how}, one due`,
    setup: `${TWO}; : > log/b.log`,
    config: block(`${prefix}rotate 2; notifempty\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
  {
    name: `scripts, ${how}, one missing`,
    setup: TWO,
    config: block(`${prefix}rotate 2\n${SCRIPTS}`, '@/log/*.log @/log/gone'),
    args: '-vf',
  },
  ...['firstaction', 'prerotate', 'postrotate', 'lastaction'].map((bad) => ({
    name: `scripts, ${how}, ${bad} fails`,
    setup: TWO,
    config: block(
      `${prefix}rotate 2; compress\n${SCRIPTS.replace(new RegExp(`${bad}\\n[\\s\\S]*?endscript`), failing(bad))}`,
      '@/log/*.log',
    ),
    args: '-vf',
  })),
  {
    name: `rename fails, ${how}`,
    setup: `${TWO}; mkdir log/a.log.1`,
    config: block(`${prefix}rotate 1; create\n${SCRIPTS}`, '@/log/*.log'),
    args: '-vf',
  },
];

export const runCases: readonly Case[] = [
  ...options,
  ...scriptCases('each', ''),
  ...scriptCases('shared', 'sharedscripts; '),
];
