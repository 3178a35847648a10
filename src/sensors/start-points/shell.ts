/** Start files of shells and sessions: one row a file, its lines as a digest, with the lines that a change added. */

import type { Entry } from './entry.ts';
import { scriptOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Reading } from './reading.ts';

const BASH = 'at every interactive bash';
const LOGIN = 'at every login shell';
const ZSH = 'at every zsh';
const FISH = 'at every fish';
const CSH = 'at every csh';
const GRAPHICAL = 'at every graphical login';

const SYSTEM: readonly (readonly [path: string, when: string])[] = [
  ['/etc/profile', LOGIN],
  ['/etc/bash.bashrc', BASH],
  ['/etc/bashrc', BASH],
  ['/etc/bash.bash_logout', 'at the end of every login shell'],
  ['/etc/zsh/zshenv', ZSH],
  ['/etc/zsh/zprofile', LOGIN],
  ['/etc/zsh/zshrc', ZSH],
  ['/etc/zsh/zlogin', LOGIN],
  ['/etc/zsh/zlogout', 'at the end of every login shell'],
  ['/etc/zshenv', ZSH],
  ['/etc/zprofile', LOGIN],
  ['/etc/zshrc', ZSH],
  ['/etc/csh.cshrc', CSH],
  ['/etc/csh.login', LOGIN],
  ['/etc/csh.logout', 'at the end of every login shell'],
  ['/etc/ksh.kshrc', 'at every ksh'],
  ['/etc/mkshrc', 'at every mksh'],
  ['/etc/fish/config.fish', FISH],
];
const FOLDERS: readonly (readonly [folder: string, ending: RegExp, when: string])[] = [
  ['/etc/profile.d', /\.(?:sh|csh|zsh|fish)$|^sh\.local$/, LOGIN],
  ['/etc/bashrc.d', /^[^.]/, BASH],
  ['/etc/fish/conf.d', /\.fish$/, FISH],
  ['/usr/share/fish/vendor_conf.d', /\.fish$/, FISH],
  ['/etc/csh/login.d', /^[^.]/, LOGIN],
];
const HOME: readonly (readonly [name: string, when: string])[] = [
  ['.profile', LOGIN],
  ['.bashrc', BASH],
  ['.bash_profile', LOGIN],
  ['.bash_login', LOGIN],
  ['.bash_logout', 'at the end of every login shell'],
  ['.bash_aliases', BASH],
  ['.zshenv', ZSH],
  ['.zprofile', LOGIN],
  ['.zshrc', ZSH],
  ['.zlogin', LOGIN],
  ['.zlogout', 'at the end of every login shell'],
  ['.login', LOGIN],
  ['.logout', 'at the end of every login shell'],
  ['.cshrc', CSH],
  ['.tcshrc', CSH],
  ['.kshrc', 'at every ksh'],
  ['.xprofile', GRAPHICAL],
  ['.xinitrc', GRAPHICAL],
  ['.xsession', GRAPHICAL],
  ['.xsessionrc', GRAPHICAL],
  ['.ssh/rc', 'at every SSH login'],
  ['.config/fish/config.fish', FISH],
];
const HOME_FOLDERS: readonly (readonly [folder: string, ending: RegExp, when: string])[] = [
  ['.config/fish/conf.d', /\.fish$/, FISH],
  ['.config/plasma-workspace/env', /\.sh$/, GRAPHICAL],
  ['.bashrc.d', /^[^.]/, BASH],
];
/** New accounts get copies of these. */
const SKEL = '/etc/skel';

export const shell: Family = {
  name: 'shell',
  paths: (homes) => [
    ...SYSTEM.map(([path]) => path),
    ...FOLDERS.map(([folder]) => folder),
    SKEL,
    ...homes.flatMap((home) => [...HOME, ...HOME_FOLDERS].map(([name]) => `${home}/${name}`)),
  ],
  read(reading) {
    for (const [path, when] of SYSTEM) readFile(reading, path, when, 'every user');
    for (const [folder, ending, when] of FOLDERS) readFolder(reading, folder, { ending, when, user: 'every user' });
    for (const [name, when] of HOME)
      readFile(reading, `${SKEL}/${name}`, `${when} of accounts made from now on`, 'every user');
    for (const { name: user, home } of reading.accounts) readHome(reading, home, user);
  },
};

function readHome(reading: Reading, home: string, user: string): void {
  for (const [name, when] of HOME) {
    // Asked once for the folder instead of for each file in it.
    if (name.includes('/') && !reading.isThere(`${home}/${name.slice(0, name.lastIndexOf('/'))}`)) continue;
    readFile(reading, `${home}/${name}`, when, user);
  }
  for (const [folder, ending, when] of HOME_FOLDERS)
    if (reading.isThere(`${home}/${folder}`)) readFolder(reading, `${home}/${folder}`, { ending, when, user });
}

function readFolder(reading: Reading, folder: string, of: { ending: RegExp; when: string; user: string }): void {
  for (const name of reading.names(folder))
    if (of.ending.test(name)) readFile(reading, `${folder}/${name}`, of.when, of.user);
}

function readFile(reading: Reading, path: string, when: string, user: string): readonly Entry[] {
  if (reading.isFolder(path)) return [];
  return reading.read(path, ({ problem, text, real }) => {
    // A history or start file that leads to /dev/null is switched off by its owner.
    const off = real === '/dev/null';
    return [
      scriptOf({
        kind: 'shell start file',
        path,
        when,
        user,
        text,
        command: '',
        problem: off ? '' : problem,
        enabled: problem === '',
      }),
    ];
  });
}
