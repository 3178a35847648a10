/** Programs that other programs call: hooks of apt, dpkg, logrotate, syslog, mail. */

import { parseAptConf } from '#formats/apt-conf.ts';
import { parseDpkgCfg } from '#formats/dpkg-cfg.ts';
import { parseRotateHooks } from '#formats/logrotate-hooks.ts';
import { aliasPrograms, forwardPrograms, type MailProgram } from '#formats/mail-aliases.ts';
import { syslogPrograms } from '#formats/rsyslog-programs.ts';
import { programsOf } from '#formats/shell-words.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { digestOf, type Entry, entryOf, type Given } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const APT =
  /^(?:binary::[\w.+-]+::)?(?:dpkg::(?:pre-invoke|post-invoke|pre-install-pkgs)|apt::update::(?:pre-invoke|post-invoke(?:-success|-stats)?)|aptcli::hooks::\w+|apt::(?:keep-downloaded-packages-)?hooks?|acquire::[\w:]*proxy-?auto-?detect|dir::bin::[\w+-]+|apt::compressor::[\w+-]+::binary|unattended-upgrade::[\w-]*(?:hook|invoke))(?:::|$)/i;
/** Files that apt reads as its settings, as `#include` and Dir::Etc::main name them; followed up to a bound. */
const APT_INCLUDE = 'apt settings file';
const INCLUDES = /^(?:#include|dir::etc::(?:main|parts))$/i;
const MAX_INCLUDED = 50;
/** Names that those who read such folders pass over beside what is left over. */
const PASSED_OVER = /\.(?:bak|disabled|orig)$|^\./;

export const hooks: Family = {
  name: 'hooks',
  paths: (homes) => [
    '/etc/apt/apt.conf',
    '/etc/apt/apt.conf.d',
    '/etc/dpkg/dpkg.cfg',
    '/etc/dpkg/dpkg.cfg.d',
    '/etc/logrotate.conf',
    '/etc/logrotate.d',
    '/etc/rsyslog.conf',
    '/etc/rsyslog.d',
    '/etc/syslog-ng',
    '/etc/aliases',
    '/etc/mail/aliases',
    ...homes.flatMap((home) => [`${home}/.forward`, `${home}/.procmailrc`]),
  ],
  read(reading) {
    readApt(reading);
    read(reading, ['/etc/dpkg/dpkg.cfg'], '/etc/dpkg/dpkg.cfg.d', dpkgEntries);
    read(reading, ['/etc/logrotate.conf'], '/etc/logrotate.d', rotateEntries);
    read(reading, ['/etc/rsyslog.conf'], '/etc/rsyslog.d', syslogEntries);
    read(reading, ['/etc/syslog-ng/syslog-ng.conf'], '/etc/syslog-ng/conf.d', syslogEntries);
    for (const path of ['/etc/aliases', '/etc/mail/aliases'])
      reading.read(path, (file) => mailEntries(file, 'mail alias', '', aliasPrograms(file.text)));
    for (const { name, home } of reading.accounts) {
      reading.read(`${home}/.forward`, (file) => mailEntries(file, 'mail forward', name, forwardPrograms(file.text)));
      reading.read(`${home}/.procmailrc`, (file) => procmailEntries(file, name));
    }
  },
};

function read(
  reading: Reading,
  files: readonly string[],
  folder: string,
  make: (file: Found) => readonly Entry[],
): readonly Entry[] {
  const inFolder = reading.names(folder).filter((name) => !(isLeftOver(name) || PASSED_OVER.test(name)));
  return [...files, ...inFolder.map((name) => `${folder}/${name}`)].flatMap((path) =>
    reading.isFolder(path) ? [] : reading.read(path, make),
  );
}

/** With what they include, which apt reads wherever it lies. */
function readApt(reading: Reading): void {
  const included = read(reading, ['/etc/apt/apt.conf'], '/etc/apt/apt.conf.d', aptEntries).flatMap(includedBy);
  const seen = new Set<string>();
  for (let path = included.shift(); path !== undefined && seen.size < MAX_INCLUDED; path = included.shift()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const paths = reading.isFolder(path) ? reading.names(path).map((name) => `${path}/${name}`) : [path];
    for (const file of paths)
      if (!reading.isFolder(file)) included.push(...reading.read(file, aptEntries).flatMap(includedBy));
  }
}

function includedBy({ kind, command }: Entry): readonly string[] {
  const path = kind === APT_INCLUDE && command.startsWith('/') ? command : undefined;
  return path === undefined ? [] : [path];
}

/** The entries, or one that says why the file cannot be read; entries of one name are told apart by their digest. */
function hookEntries(kind: string, file: Found, make: () => readonly Given[]): readonly Entry[] {
  const { path, problem } = file;
  if (problem !== '') return [entryOf({ kind, path, problem, enabled: false })];
  const names = new Set<string>();
  return make().map((given) => {
    const name = given.name ?? '';
    const again = names.has(name);
    names.add(name);
    return entryOf(again ? { ...given, name: `${name} ${digestOf(given.command ?? '').slice(0, 6)}` } : given);
  });
}

function aptEntries(file: Found): readonly Entry[] {
  const { path } = file;
  return hookEntries('apt hook', file, () => {
    const { settings, rejects } = parseAptConf(file.text);
    const found = settings.filter(({ name, value }) => APT.test(name) && value !== '');
    const included = settings.filter(({ name, value }) => INCLUDES.test(name) && value.startsWith('/'));
    return [
      ...included.map(({ name, value }) => ({
        kind: APT_INCLUDE,
        path,
        name: `${name} ${value}`,
        when: 'when apt runs',
        command: value,
      })),
      ...found.map(({ name, value }) => ({
        kind: 'apt hook',
        path,
        name: name.replace(/(?:::)+$/, ''),
        when: 'when apt or dpkg runs',
        command: value,
      })),
      ...rejects.slice(0, 20).map((line) => ({
        kind: 'apt hook',
        path,
        name: line,
        problem: 'apt cannot read this',
        enabled: false,
        programs: [],
        place: 'bad',
      })),
    ];
  });
}

function dpkgEntries(file: Found): readonly Entry[] {
  const { path } = file;
  return hookEntries('dpkg hook', file, () =>
    parseDpkgCfg(file.text)
      .rows.filter(({ option }) => option !== '')
      .map(({ option, command }) => ({ kind: 'dpkg hook', path, name: option, when: 'when dpkg runs', command })),
  );
}

function rotateEntries(file: Found): readonly Entry[] {
  const { path } = file;
  return hookEntries('logrotate hook', file, () =>
    parseRotateHooks(file.text).map(({ hook, logs, script }) => ({
      kind: 'logrotate hook',
      path,
      name: `${hook}${logs === '' ? '' : ` of ${logs}`}`,
      when: 'when logs are rotated',
      command: script.replaceAll('\n', '; '),
      text: script,
    })),
  );
}

function syslogEntries(file: Found): readonly Entry[] {
  const { path } = file;
  return hookEntries('syslog program', file, () =>
    syslogPrograms(file.text).map(({ by, command }) => ({
      kind: 'syslog program',
      path,
      name: by,
      when: 'when a message is logged',
      command,
    })),
  );
}

function mailEntries(file: Found, kind: string, user: string, programs: readonly MailProgram[]): readonly Entry[] {
  const { path } = file;
  return hookEntries(kind, file, () =>
    programs.map(({ name, command }) => ({
      kind,
      path,
      name,
      user: user || 'nobody',
      when: `when mail for ${name || user} arrives`,
      command,
      programs: command.startsWith(':include:') ? [] : programsOf(command),
    })),
  );
}

function procmailEntries(file: Found, user: string): readonly Entry[] {
  const { path, text } = file;
  const pipes = text
    .split('\n')
    .filter((line) => /^\s*\|/.test(line))
    .map((line) => line.trim().slice(1).trim());
  return hookEntries('mail forward', file, () =>
    pipes.map((command) => ({
      kind: 'mail forward',
      path,
      name: command,
      user,
      when: `when mail for ${user} arrives`,
      command,
    })),
  );
}
