/** What the kernel's side starts: rules of udev, install lines of modprobe, modules to load at boot, foreign binary formats. */

import { parseBinfmtConf, parseBinfmtStatus, parseModprobe } from '#formats/modprobe.ts';
import { parseUdevRules } from '#formats/udev-rules.ts';
import { isFailure } from '#model/host.ts';
import { type Entry, entryOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const places = (name: string): readonly string[] => [
  `/etc/${name}`,
  `/run/${name}`,
  `/usr/local/lib/${name}`,
  `/usr/lib/${name}`,
  `/lib/${name}`,
];
const UDEV = places('udev/rules.d');
const MODPROBE = places('modprobe.d');
const MODULES = places('modules-load.d');
const BINFMT = places('binfmt.d');
const REGISTERED = '/proc/sys/fs/binfmt_misc';

export const kernel: Family = {
  name: 'kernel',
  paths: () => [
    ...UDEV,
    ...MODPROBE,
    ...MODULES,
    ...BINFMT,
    '/etc/modules',
    `${REGISTERED}/register`,
    `${REGISTERED}/status`,
  ],
  read(reading) {
    readFolders(reading, UDEV, '.rules', udevEntries);
    readFolders(reading, MODPROBE, '.conf', modprobeEntries);
    readFolders(reading, MODULES, '.conf', moduleEntries);
    reading.read('/etc/modules', moduleEntries);
    readFolders(reading, BINFMT, '.conf', binfmtEntries);
    readRegistered(reading);
  },
};

function readFolders(
  reading: Reading,
  folders: readonly string[],
  ending: string,
  make: (file: Found) => readonly Entry[],
): void {
  const merged = !isFailure(reading.host.files.readlink('/lib'));
  for (const folder of folders) {
    if (merged && folder.startsWith('/lib/')) continue;
    for (const name of reading.names(folder)) {
      const path = `${folder}/${name}`;
      if (name.endsWith(ending) && !reading.isFolder(path)) reading.read(path, make);
    }
  }
}

/** A file that stands for another one of its name and is empty, or a link to /dev/null, masks it: no row. */
function unreadable(kind: string, { path, problem, real }: Found): readonly Entry[] | undefined {
  if (problem === '') return undefined;
  return real === '/dev/null' ? [] : [entryOf({ kind, path, problem, enabled: false })];
}

function udevEntries(file: Found): readonly Entry[] {
  const { path, text } = file;
  const none = unreadable('udev rule', file);
  if (none !== undefined) return none;
  const { programs, rejects } = parseUdevRules(text);
  const byCommand = new Map<string, Entry>();
  for (const { by, command, programs: paths, conditions } of programs) {
    const name = `${by}: ${command}`;
    const when = `when a device fits ${conditions === '' ? 'any rule' : conditions}`;
    const before = byCommand.get(name);
    byCommand.set(
      name,
      entryOf({
        kind: 'udev rule',
        path,
        name,
        when: before === undefined ? when : `${before.when}; ${when}`,
        command,
        programs: paths,
        place: conditions,
      }),
    );
  }
  return [...byCommand.values(), ...badLines('udev rule', path, rejects)];
}

function modprobeEntries(file: Found): readonly Entry[] {
  const { path, text } = file;
  const none = unreadable('modprobe', file);
  if (none !== undefined) return none;
  const { rows, rejects } = parseModprobe(text);
  const entries = rows.flatMap(({ verb, module, command }) => {
    if (verb === '') return [];
    const when = `when module ${module} is ${verb === 'remove' ? 'removed' : 'loaded'}`;
    if (verb.endsWith('dep')) return [companionsOf(path, { name: `${verb} ${module}`, when, words: command })];
    // "install x /bin/true" and "/bin/false" only keep a module out.
    const keepsOut = /^(?:\/usr)?\/bin\/(?:true|false)$|^:$/.test(command.trim());
    return [entryOf({ kind: 'modprobe', path, name: `${verb} ${module}`, when, command, enabled: !keepsOut })];
  });
  return [...entries, ...badLines('modprobe', path, rejects)];
}

/** softdep MODULE pre: a b post: c */
function companionsOf(path: string, { name, when, words }: { name: string; when: string; words: string }): Entry {
  const modules = words.split(/\s+/).filter((word) => !/^(?:pre|post):$/.test(word));
  const command = `loads the kernel module ${modules.join(', ')}`;
  return entryOf({ kind: 'module with another', path, name, when, command, programs: [] });
}

function moduleEntries(file: Found): readonly Entry[] {
  const { path, text } = file;
  const none = unreadable('module at boot', file);
  if (none !== undefined) return none;
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line));
  return [...new Set(names)].map((name) =>
    entryOf({
      kind: 'module at boot',
      path,
      name,
      when: 'at boot',
      command: `loads the kernel module ${name}`,
      programs: [],
    }),
  );
}

function binfmtEntries(file: Found): readonly Entry[] {
  const { path, text } = file;
  const none = unreadable('binary format', file);
  if (none !== undefined) return none;
  const { rows, rejects } = parseBinfmtConf(text);
  const entries = rows.flatMap(({ name, interpreter, flags, match }) =>
    name === '' ? [] : [binfmtEntry(path, { name, interpreter, flags, match })],
  );
  return [...entries, ...badLines('binary format', path, rejects)];
}

function binfmtEntry(
  path: string,
  { name, interpreter, flags, match }: { name: string; interpreter: string; flags: string; match: string },
): Entry {
  const rights = flags.includes('C') ? ', with the rights of a setuid file' : '';
  return entryOf({
    kind: 'binary format',
    path,
    name,
    user: 'every user',
    when: `when a file ${match} is started${rights}`,
    command: interpreter,
    programs: [interpreter],
  });
}

/** Each file of the kernel is read anew: its inode says nothing of its content. */
function readRegistered(reading: Reading): void {
  for (const name of reading.names(REGISTERED)) {
    if (name === 'register' || name === 'status') continue;
    const bytes = reading.host.files.read(`${REGISTERED}/${name}`, 64 << 10);
    const format = isFailure(bytes) ? undefined : parseBinfmtStatus(name, bytes.toString('utf8'));
    if (format !== undefined)
      reading.entries.push({ ...binfmtEntry(`${REGISTERED}/${name}`, format), enabled: format.enabled });
  }
}

function badLines(kind: string, path: string, rejects: readonly string[]): readonly Entry[] {
  return rejects.map((line) =>
    entryOf({
      kind,
      path,
      name: line,
      problem: 'this line cannot be read',
      enabled: false,
      programs: [],
      place: 'bad',
    }),
  );
}
