/** What sessions and buses start: XDG autostart entries and services that D-Bus activates. */

import { programsOfWords } from '#formats/shell-words.ts';
import { lastOf, parseUnit, unitWords } from '#formats/systemd-unit.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const AUTOSTART = ['/etc/xdg/autostart', '/usr/share/gnome/autostart'];
const SYSTEM_BUS = [
  '/etc/dbus-1/system-services',
  '/run/dbus-1/system-services',
  '/usr/local/share/dbus-1/system-services',
  '/usr/share/dbus-1/system-services',
];
const SESSION_BUS = ['/etc/dbus-1/services', '/usr/local/share/dbus-1/services', '/usr/share/dbus-1/services'];

export const desktop: Family = {
  name: 'desktop',
  paths: (homes) => [
    ...AUTOSTART,
    ...SYSTEM_BUS,
    ...SESSION_BUS,
    ...homes.flatMap((home) => [`${home}/.config/autostart`, `${home}/.local/share/dbus-1/services`]),
  ],
  read(reading) {
    for (const folder of AUTOSTART) readFolder(reading, folder, '.desktop', (file) => autostart(file, 'every user'));
    for (const folder of SYSTEM_BUS) readFolder(reading, folder, '.service', (file) => busService(file, 'root'));
    for (const folder of SESSION_BUS) readFolder(reading, folder, '.service', (file) => busService(file, 'every user'));
    for (const { name, home } of reading.accounts) {
      if (reading.isThere(`${home}/.config/autostart`))
        readFolder(reading, `${home}/.config/autostart`, '.desktop', (file) => autostart(file, name));
      if (reading.isThere(`${home}/.local/share/dbus-1`))
        readFolder(reading, `${home}/.local/share/dbus-1/services`, '.service', (file) => busService(file, name));
    }
  },
};

function readFolder(reading: Reading, folder: string, ending: string, make: (file: Found) => Entry): void {
  for (const name of reading.names(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith(ending) && !reading.isFolder(path)) reading.read(path, (file) => [make(file)]);
  }
}

/** Desktop Entry Specification: Hidden=true switches an entry off. */
function autostart({ path, problem, text, real }: Found, user: string): Entry {
  const plain = { kind: 'autostart', path, user, when: 'at every graphical login' };
  if (problem !== '') return entryOf({ ...plain, problem: real === '/dev/null' ? '' : problem, enabled: false });
  const { directives } = parseUnit(text);
  const of = (key: string): string => lastOf(directives, 'Desktop Entry', key) ?? '';
  const off = of('Hidden').toLowerCase() === 'true' || of('X-GNOME-Autostart-enabled').toLowerCase() === 'false';
  return entryOf({ ...plain, name: of('Name'), command: of('Exec'), enabled: !off && of('Exec') !== '', place: '' });
}

/** D-Bus specification, "Message Bus Starting Services". */
function busService({ path, problem, text, real }: Found, user: string): Entry {
  const plain = { kind: 'D-Bus service', path, user };
  if (problem !== '') return entryOf({ ...plain, problem: real === '/dev/null' ? '' : problem, enabled: false });
  const { directives } = parseUnit(text);
  const of = (key: string): string => lastOf(directives, 'D-BUS Service', key) ?? '';
  const unit = of('SystemdService');
  const command = unit === '' ? of('Exec') : `${of('Exec')} (as ${unit})`;
  const problemOf = of('Name') === '' || (of('Exec') === '' && unit === '') ? 'it names no service and no program' : '';
  return entryOf({
    ...plain,
    user: of('User') || user,
    name: of('Name'),
    when: 'when a program asks for it',
    command,
    programs: programsOfWords(unitWords(of('Exec'))),
    problem: problemOf,
    enabled: problemOf === '',
    place: '',
  });
}
