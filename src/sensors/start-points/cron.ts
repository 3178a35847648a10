/** cron and anacron: tables of the system and of users, folders of scripts. See cron(8), crontab(5), anacrontab(5). */

import { scheduleWords } from '#formats/cron-words.ts';
import { type CronLine, parseAnacrontab, parseCrontab } from '#formats/crontab.ts';
import { injectsCode } from '#formats/shell-tricks.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { plural } from '#lib/plural.ts';
import { type Entry, entryOf, scriptOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Found, Reading } from './reading.ts';

const SPOOLS = ['/var/spool/cron/crontabs', '/var/spool/cron'];
const SYSTEM = ['/etc/crontab', '/etc/cron.d'];
const SCRIPTS: readonly (readonly [folder: string, when: string])[] = [
  ['/etc/cron.hourly', 'every hour'],
  ['/etc/cron.daily', 'every day'],
  ['/etc/cron.weekly', 'every week'],
  ['/etc/cron.monthly', 'every month'],
  ['/etc/cron.yearly', 'every year'],
];
/** What cron and run-parts take; anything else (backup~, x.dpkg-old) they pass over. */
const TAKEN = /^[A-Za-z0-9_-]+$/;
/** What Debian's packages put into an empty folder so that it stays. */
const KEEPS_FOLDER = '.placeholder';
const EXECUTABLE = 0o111;
const GROUP_OR_WORLD_WRITABLE = 0o022;

const isPassedOver = (name: string): boolean => name === KEEPS_FOLDER || isLeftOver(name);

export const cron: Family = {
  name: 'cron',
  paths: () => [
    ...SYSTEM,
    ...SPOOLS,
    '/etc/anacrontab',
    '/etc/cron.allow',
    '/etc/cron.deny',
    ...SCRIPTS.map(([folder]) => folder),
  ],
  read(reading) {
    readTable(reading, '/etc/crontab', '');
    // Debian's cron takes no name with a dot; cronie does (0hourly has none, but others have).
    const strict = reading.isThere('/var/lib/dpkg/status');
    for (const name of reading.names('/etc/cron.d')) {
      if (isPassedOver(name)) continue;
      readTable(reading, `/etc/cron.d/${name}`, '', strict && !TAKEN.test(name));
    }
    for (const spool of SPOOLS) {
      for (const name of reading.names(spool)) {
        const path = `${spool}/${name}`;
        if (isPassedOver(name) || /^(?:tmp\.|atjobs$|atspool$|crontabs$|lastrun$)/.test(name)) continue;
        if (!reading.isFolder(path)) readTable(reading, path, name);
      }
    }
    for (const [folder, when] of SCRIPTS)
      for (const name of reading.names(folder)) if (!isPassedOver(name)) readScript(reading, `${folder}/${name}`, when);
    reading.read('/etc/anacrontab', anacronEntries);
  },
};

function readTable(reading: Reading, path: string, owner: string, passedOver = false): void {
  if (reading.isFolder(path)) return;
  reading.read(
    path,
    (file) => {
      const entries = tableEntries(reading, file, owner);
      const why = passedOver ? 'cron passes over a name with a dot' : refusal(file, reading, owner);
      return why === '' ? entries : entries.map((entry) => asleep(entry, why));
    },
    `${owner} ${passedOver} ${reading.usersStamp}`,
  );
}

/** Why cron reads none of the file (Debian: process_crontab in database.c). */
function refusal({ stat, problem }: Found, reading: Reading, owner: string): string {
  if (problem !== '') return problem;
  if (owner === '')
    return stat.uid === 0 && (stat.mode & GROUP_OR_WORLD_WRITABLE) === 0
      ? ''
      : 'cron refuses a file that others than root may write';
  if (!reading.users.has(owner)) return `there is no user "${owner}"`;
  return stat.uid === reading.users.get(owner) || stat.uid === 0 ? '' : `it does not belong to ${owner}`;
}

function tableEntries(reading: Reading, file: Found, owner: string): readonly Entry[] {
  const { path } = file;
  if (file.problem !== '') return [entryOf({ kind: 'cron', path, user: owner || 'root', place: 'file' })];
  const { rows, rejects } = parseCrontab(file.text, owner === '');
  const commands = rows.filter(({ type }) => type === 'entry').length;
  const entries = rows.flatMap((line) => entryOfLine(reading, line, { path, owner, commands }));
  const bad = rejects.map((line) =>
    entryOf({
      kind: 'cron',
      path,
      name: line.trim(),
      user: owner || 'root',
      enabled: false,
      problem: 'cron cannot read this line',
      place: 'bad',
      programs: [],
    }),
  );
  return [...merged(entries), ...bad];
}

interface InTable {
  readonly path: string;
  readonly owner: string;
  readonly commands: number;
}

function entryOfLine(reading: Reading, line: CronLine, at: InTable): readonly Entry[] {
  if (line.type === 'blank') return [];
  return line.type === 'variable' ? [variableEntry(line, at)] : [commandEntry(reading, line, at)];
}

const OPEN_PATH = /(?:^|:)(?:\/tmp|\/var\/tmp|\/dev\/shm|\.|)(?::|\/|$)/;

function variableEntry({ name, value }: { name: string; value: string }, { path, owner, commands }: InTable): Entry {
  // Not how many: one line more would change every variable above it.
  const when = commands === 0 ? 'for no command' : 'for the commands of this table';
  const decides = name === 'SHELL' || injectsCode(name) || (name === 'PATH' && OPEN_PATH.test(value));
  const command = `${name}=${value}`;
  const programs = name === 'SHELL' && value.startsWith('/') ? [value] : [];
  const environment = decides ? [command] : [];
  return entryOf({
    kind: 'cron variable',
    path,
    name,
    user: owner || 'every user',
    when,
    command,
    environment,
    programs,
  });
}

function commandEntry(reading: Reading, line: CronLine & { type: 'entry' }, { path, owner }: InTable): Entry {
  const { schedule, command, input, unfinished } = line;
  const user = owner || line.user;
  const missing = reading.users.has(user) ? '' : `there is no user "${user}"`;
  const problem = unfinished ? 'no newline at its end: cron does not run this line' : missing;
  return entryOf({
    kind: 'cron',
    path,
    name: command,
    user,
    when: scheduleWords(schedule),
    command: input === '' ? command : `${command} (its input: ${input.replaceAll('\n', ' ')})`,
    problem,
    enabled: problem === '',
    place: `${schedule} ${user}`,
    text: `${command}\n${input}`,
  });
}

/** The same command at several times is one row with all of them; as another user it is a row of its own. */
function merged(entries: readonly Entry[]): readonly Entry[] {
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    const plain = `${entry.kind}\0${entry.name}`;
    const other = byName.get(plain);
    if (other === undefined || other.user === entry.user) byName.set(plain, withTimes(entry, other));
    else {
      const name = `${entry.name} (as ${entry.user})`;
      byName.set(`${plain}\0${entry.user}`, { ...withTimes(entry, byName.get(`${plain}\0${entry.user}`)), name });
    }
  }
  return [...byName.values()];
}

function withTimes(entry: Entry, before: Entry | undefined): Entry {
  if (before === undefined || before.when === entry.when) return entry;
  return { ...entry, when: `${before.when}, ${entry.when}` };
}

/** With the reason why none of its file is run. */
function asleep(entry: Entry, why: string): Entry {
  return { ...entry, enabled: false, problem: entry.problem || why };
}

function readScript(reading: Reading, path: string, when: string): void {
  if (reading.isFolder(path)) return;
  reading.read(path, ({ stat, problem, text }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const passed = TAKEN.test(name) ? '' : 'run-parts passes over a name with a dot';
    const idle = (stat.mode & EXECUTABLE) === 0 ? 'it is not executable' : '';
    const why = problem || passed || idle;
    return [scriptOf({ kind: 'cron script', path, when, text, enabled: why === '', problem: problem || passed })];
  });
}

function anacronEntries({ path, problem, text }: Found): readonly Entry[] {
  if (problem !== '') return [entryOf({ kind: 'anacron', path, problem, enabled: false })];
  const { rows, rejects } = parseAnacrontab(text);
  const entries = rows.flatMap((line) => {
    if (line.type === 'blank') return [];
    if (line.type === 'variable') {
      const environment = injectsCode(line.name) || line.name === 'SHELL' ? [`${line.name}=${line.value}`] : [];
      return [
        entryOf({
          kind: 'anacron variable',
          path,
          name: line.name,
          command: `${line.name}=${line.value}`,
          environment,
          programs: [],
        }),
      ];
    }
    const when = /^\d+$/.test(line.period)
      ? `every ${plural(Number(line.period), 'day')}`
      : `every ${line.period.slice(1)}`;
    return [entryOf({ kind: 'anacron', path, name: line.job, when, command: line.command })];
  });
  return [
    ...entries,
    ...rejects.map((line) =>
      entryOf({
        kind: 'anacron',
        path,
        name: line.trim(),
        problem: 'anacron cannot read this line',
        enabled: false,
        programs: [],
      }),
    ),
  ];
}
