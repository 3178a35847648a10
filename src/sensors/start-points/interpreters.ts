/** Files that interpreters and git read before what they were asked to run: .pth, sitecustomize, auto_prepend_file, hooks. */

import { isLeftOver } from '#lib/left-over.ts';
import { digestOf, type Entry, entryOf, scriptOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';
import { readScript } from './script-folders.ts';

const PYTHON_ROOTS = ['/usr/lib', '/usr/local/lib', '/usr/lib64', '/usr/local/lib64'];
const PYTHON = /^python3?(?:\.\d+)?$/;
/** Minor versions of Python 3 whose folders are heard of; others are looked at every minute. */
const VERSIONS = ['9', '10', '11', '12', '13', '14'];
const PACKAGES = ['dist-packages', 'site-packages'];
const CUSTOM = ['sitecustomize.py', 'usercustomize.py'];
const PERL = [
  '/etc/perl/sitecustomize.pl',
  '/usr/local/lib/site_perl/sitecustomize.pl',
  '/usr/share/perl5/sitecustomize.pl',
];
/** Repositories whose hooks run as root. */
const REPOSITORIES = ['/etc', '/root'];
const MAX_REPOSITORIES = 50;
/** Below a folder of repositories: their hooks and settings, and one that was moved there as a whole. */
const OF_REPOSITORY = /^\/[^/]+(?:$|\/\.git(?:$|\/hooks|\/config$))/;
/** Below ~/.local: what site.py(3) reads, and folders on the way that were moved there as a whole. */
const OF_PYTHON =
  /^\/lib(?:$|\/python[^/]*(?:$|\/[^/]*-packages(?:$|\/[^/]*\.pth$|\/(?:site|user)customize\.py$)|\/(?:site|user)customize\.py$))/;

export const interpreters: Family = {
  name: 'interpreters',
  paths: (homes) => [
    '/usr/lib/python3/dist-packages',
    ...VERSIONS.flatMap((version) => PYTHON_ROOTS.map((root) => `${root}/python3.${version}/sitecustomize.py`)),
    ...VERSIONS.flatMap((version) => PACKAGES.map((packages) => `/usr/local/lib/python3.${version}/${packages}`)),
    '/etc/python3',
    ...PERL,
    '/etc/php',
    '/etc/gitconfig',
    '/etc/.git/hooks',
    '/root/.git/hooks',
    ...homes.flatMap((home) => [`${home}/.gitconfig`]),
  ],
  within: (homes) => [
    { folder: '/root', matters: OF_REPOSITORY },
    ...homes.map((home) => ({ folder: `${home}/.local`, matters: OF_PYTHON })),
  ],
  read(reading) {
    for (const root of PYTHON_ROOTS) readPython(reading, root, 'every user');
    for (const { name, home } of reading.accounts)
      if (reading.isThere(`${home}/.local/lib`)) readPython(reading, `${home}/.local/lib`, name);
    for (const name of reading.names('/etc').filter((entry) => PYTHON.test(entry)))
      readScriptAt(reading, `/etc/${name}/sitecustomize.py`, 'every user');
    for (const path of PERL) readScriptAt(reading, path, 'every user', 'at every start of perl');
    readPhp(reading);
    readGit(reading);
  },
};

function readPython(reading: Reading, root: string, user: string): void {
  for (const version of reading.names(root)) {
    if (!PYTHON.test(version)) continue;
    const folder = `${root}/${version}`;
    for (const name of CUSTOM) readScriptAt(reading, `${folder}/${name}`, user);
    for (const packages of PACKAGES) {
      for (const name of reading.names(`${folder}/${packages}`)) {
        const path = `${folder}/${packages}/${name}`;
        if (CUSTOM.includes(name)) readScriptAt(reading, path, user);
        else if (name.endsWith('.pth')) reading.read(path, (file) => pthEntries(file, user));
      }
    }
  }
}

/** site.py runs the lines that begin with "import"; the others are folders to search. */
function pthEntries({ path, problem, text }: Found, user: string): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'python start file', path, user, problem, enabled: false })];
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const imports = lines.filter((line) => /^import[ \t]/.test(line));
  const when = imports.length > 0 ? 'at every start of python' : 'never: it only names folders to search';
  const command = imports.join('; ');
  return [
    entryOf({
      kind: 'python start file',
      path,
      user,
      when,
      command,
      programs: [],
      text: lines.join('\n'),
      digest: digestOf(lines.join('\n')),
      enabled: imports.length > 0,
    }),
  ];
}

function readScriptAt(reading: Reading, path: string, user: string, when = 'at every start of python'): void {
  reading.read(path, ({ problem, text }) => [
    scriptOf({
      kind: path.endsWith('.pl') ? 'perl start file' : 'python start file',
      path,
      user,
      when,
      text,
      problem,
      enabled: problem === '',
    }),
  ]);
}

/** auto_prepend_file and auto_append_file run before and after every page. */
function readPhp(reading: Reading): void {
  for (const version of reading.names('/etc/php')) {
    for (const use of reading.names(`/etc/php/${version}`)) {
      const folder = `/etc/php/${version}/${use}`;
      const inis = reading.names(`${folder}/conf.d`).map((name) => `${folder}/conf.d/${name}`);
      for (const path of [`${folder}/php.ini`, ...inis]) if (path.endsWith('.ini')) reading.read(path, phpEntries);
    }
  }
}

function phpEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [];
  return [...text.matchAll(/^[ \t]*(auto_prepend_file|auto_append_file)[ \t]*=[ \t]*"?([^"\n;]*)"?/gim)].flatMap(
    ([, name = '', value = '']) => {
      const program = value.trim();
      if (program === '' || program.toLowerCase() === 'none') return [];
      return [
        entryOf({
          kind: 'php start file',
          path,
          name,
          user: 'every user',
          when: 'at every page',
          command: program,
          programs: program.startsWith('/') ? [program] : [],
        }),
      ];
    },
  );
}

function readGit(reading: Reading): void {
  const inRoot = reading.names('/root').map((name) => `/root/${name}`);
  const folders = [...REPOSITORIES, ...inRoot].filter((folder) => reading.isThere(`${folder}/.git/hooks`));
  for (const folder of folders.slice(0, MAX_REPOSITORIES)) {
    for (const name of reading.names(`${folder}/.git/hooks`))
      if (!name.endsWith('.sample') && !isLeftOver(name))
        readScript(reading, `${folder}/.git/hooks/${name}`, { kind: 'git hook', when: `when git works in ${folder}` });
    reading.read(`${folder}/.git/config`, (file) => gitConfigEntries(file, 'root'));
  }
  reading.read('/etc/gitconfig', (file) => gitConfigEntries(file, 'every user'));
  for (const { name, home } of reading.accounts)
    reading.read(`${home}/.gitconfig`, (file) => gitConfigEntries(file, name));
}

/** Settings of git-config(1) whose value is run, or names a folder of what is run. */
function gitConfigEntries({ path, problem, text }: Found, user: string): readonly Entry[] {
  if (problem !== '') return [];
  const found = text.matchAll(
    /^[ \t]*(hookspath|fsmonitor|sshcommand|editor|pager|askpass|gpgprogram|external|textconv|helper|program|\w+)[ \t]*=[ \t]*(.+)$/gim,
  );
  return [...found].flatMap(([, key = '', value = '']) => {
    const runs = /^(?:hookspath|fsmonitor|sshcommand|askpass)$/i.test(key) || value.trim().startsWith('!');
    if (!runs || /^(?:true|false)$/i.test(value.trim())) return [];
    const command = value
      .trim()
      .replace(/^!/, '')
      .replace(/^"(.*)"$/, '$1');
    return [entryOf({ kind: 'git setting', path, name: key.toLowerCase(), user, when: 'when git runs', command })];
  });
}
