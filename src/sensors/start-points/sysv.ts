/** System V init: scripts in /etc/init.d with the links that start them, inittab, and the services of inetd and xinetd. */

import { type InetService, parseInetdConf, parseInittab, parseRunlevelLink, parseXinetd } from '#formats/lsb-init.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { type Entry, entryOf, scriptOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const INIT = '/etc/init.d';
const RUNLEVELS = ['S', '0', '1', '2', '3', '4', '5', '6'];
const PASSED_OVER = /^(?:README|skeleton|rc|rcS|functions)$|^\./;
const EXECUTABLE = 0o111;

export const sysv: Family = {
  name: 'sysv',
  paths: () => [
    INIT,
    ...RUNLEVELS.map((level) => `/etc/rc${level}.d`),
    '/etc/inittab',
    '/etc/inetd.conf',
    '/etc/xinetd.conf',
    '/etc/xinetd.d',
  ],
  read(reading) {
    const levels = runlevelsOf(reading);
    for (const name of reading.names(INIT)) {
      const path = `${INIT}/${name}`;
      // What a link of a runlevel names is run, whatever it is called.
      if ((levels.has(name) || !(isLeftOver(name) || PASSED_OVER.test(name))) && !reading.isFolder(path))
        readInit(reading, path, levels.get(name) ?? '');
    }
    reading.read('/etc/inittab', inittabEntries);
    reading.read('/etc/inetd.conf', inetdEntries);
    // xinetd.conf(5): includedir takes no name with a dot in it or a tilde at its end.
    const services = reading.names('/etc/xinetd.d').filter((name) => !/[.]|~$/.test(name));
    for (const path of ['/etc/xinetd.conf', ...services.map((name) => `/etc/xinetd.d/${name}`)])
      if (!reading.isFolder(path)) reading.read(path, xinetdEntries);
  },
};

/** "S2345" by the name of the script. A link that leads somewhere else is a row of its own. */
function runlevelsOf(reading: Reading): ReadonlyMap<string, string> {
  const levels = new Map<string, string>();
  for (const level of RUNLEVELS) {
    for (const name of reading.names(`/etc/rc${level}.d`)) {
      const link = parseRunlevelLink(name);
      if (link?.starts !== true || level === '0' || level === '6') continue;
      const path = `/etc/rc${level}.d/${name}`;
      const target = reading.host.files.readlink(path);
      if (typeof target === 'string' && target.endsWith(`init.d/${link.script}`))
        levels.set(link.script, (levels.get(link.script) ?? '') + level);
      else readInit(reading, path, level);
    }
  }
  return levels;
}

function readInit(reading: Reading, path: string, levels: string): void {
  reading.read(
    path,
    ({ stat, problem, text }) => {
      const runs = problem === '' && (stat.mode & EXECUTABLE) !== 0 && levels !== '';
      const when = levels === '' ? 'in no runlevel' : `at boot (runlevels ${levels.split('').join(' ')})`;
      return [scriptOf({ kind: 'init script', path, when, text, problem, enabled: runs })];
    },
    levels,
  );
}

function inittabEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'inittab', path, problem, enabled: false })];
  const { rows, rejects } = parseInittab(text);
  const entries = rows.flatMap(({ id, runlevels, action, process }) => {
    if (id === '' || process === '') return [];
    const when = `${action} in runlevels ${runlevels === '' ? 'all' : runlevels.split('').join(' ')}`;
    return [
      entryOf({
        kind: 'inittab',
        path,
        name: id,
        when,
        command: process.replace(/^\+/, ''),
        enabled: action !== 'off',
      }),
    ];
  });
  return [...entries, ...bad('inittab', path, rejects)];
}

function inetdEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'inetd', path, problem, enabled: false })];
  const { rows, rejects } = parseInetdConf(text);
  return [...rows.flatMap((service) => inetEntry('inetd', path, service)), ...bad('inetd', path, rejects)];
}

function xinetdEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'xinetd', path, problem, enabled: false })];
  const { services, rejects } = parseXinetd(text);
  return [...services.flatMap((service) => inetEntry('xinetd', path, service)), ...bad('xinetd', path, rejects)];
}

function inetEntry(
  kind: string,
  path: string,
  { service, protocol, user, server, args, disabled }: InetService,
): readonly Entry[] {
  if (service === '') return [];
  const internal = server === 'internal' || server === '';
  const command = internal ? 'answered by the super-server itself' : `${server} ${args}`.trim();
  const name = `${service}/${protocol}`;
  const programs = server.startsWith('/') ? [server] : [];
  return [
    entryOf({
      kind,
      path,
      name,
      user,
      when: `when something connects to ${name}`,
      command,
      programs,
      enabled: !disabled,
    }),
  ];
}

function bad(kind: string, path: string, rejects: readonly string[]): readonly Entry[] {
  return rejects.map((line) =>
    entryOf({
      kind,
      path,
      name: line.trim(),
      problem: `${kind} cannot read this line`,
      enabled: false,
      programs: [],
      place: 'bad',
    }),
  );
}
