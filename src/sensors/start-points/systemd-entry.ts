/** What one unit file or drop-in says: commands, user, variables, and when it acts. */

import { decidesCode } from '#formats/shell-tricks.ts';
import { programsOf, programsOfWords } from '#formats/shell-words.ts';
import {
  type Directive,
  type ExecCommand,
  execCommands,
  lastOf,
  listOf,
  parseUnit,
  unitWords,
} from '#formats/systemd-unit.ts';
import { isYes, whenWords } from '#formats/systemd-words.ts';
import { digestOf, type Entry, entryOf } from './entry.ts';
import type { Found } from './reading.ts';

/** Whose manager: "root" runs units of the system, an account or "every user" those of users. */
export interface Manager {
  readonly user: string;
  /** "system", "user" or "user NAME". */
  readonly scope: string;
  readonly home: string;
}

/** Types that run or start something; mounts, slices and devices are other tables' affair. */
const TYPES = new Set(['service', 'timer', 'socket', 'path', 'target']);
const EXEC = [
  'ExecStart',
  'ExecCondition',
  'ExecStartPre',
  'ExecStartPost',
  'ExecReload',
  'ExecReloadPost',
  'ExecStop',
  'ExecStopPre',
  'ExecStopPost',
];
const SECTIONS = new Set(['Service', 'Timer', 'Socket', 'Path']);
/** Directives of [Unit] that start other units. */
const STARTS = ['Wants', 'Requires', 'BindsTo', 'Upholds', 'OnFailure', 'OnSuccess'];
/** Usual companions of units: what they say is no news. */
const USUAL = /\.(?:target|slice|mount|socket|device)$|^(?:dbus|systemd-[\w@-]+)\.service$/;

/** "service" of "ssh.service"; undefined for files that are no unit of interest. */
export function typeOf(name: string): string | undefined {
  const type = /^[A-Za-z0-9:_.\\@-]+\.([a-z]+)$/.exec(name)?.[1];
  return type !== undefined && TYPES.has(type) ? type : undefined;
}

/** The entry of a unit file. */
export function unitEntry(file: Found, of: { manager: Manager; name: string; type: string }): Entry {
  const { manager, name, type } = of;
  const unit = `${manager.scope}\0${name}`;
  const plain = { kind: `systemd ${type}`, path: file.path, name, user: manager.user };
  const masked = file.real === '/dev/null' || (file.problem === '' && file.stat.sizeBytes === 0);
  if (masked) return { ...entryOf({ ...plain, when: 'never: it is masked', enabled: false }), unit };
  if (file.problem !== '') return { ...entryOf({ ...plain, problem: file.problem, enabled: false }), unit };
  return { ...entryOfText(file, plain, of), unit };
}

/** The entry of a drop-in; `of` is the unit, or the beginning of many names. */
export function dropInEntry(file: Found, about: { manager: Manager; of: string; user: string }): Entry {
  const { manager, of, user } = about;
  const plain = { kind: 'systemd drop-in', path: file.path, name: of, user };
  if (file.problem !== '') return entryOf({ ...plain, problem: file.problem, enabled: false });
  return entryOfText(file, plain, { manager, name: of, type: of.slice(of.lastIndexOf('.') + 1) });
}

type Plain = Pick<Entry, 'kind' | 'path' | 'name' | 'user'>;

function entryOfText(file: Found, plain: Plain, of: { manager: Manager; name: string; type: string }): Entry {
  const { directives, rejects } = parseUnit(file.text);
  const commands = commandsOf(directives);
  const deciding = directives.filter(
    ({ section, key }) => SECTIONS.has(section) || (section === 'Unit' && STARTS.includes(key)),
  );
  const text = deciding.map(({ key, value }) => `${key}=${value}`).join('\n');
  const own = lastOf(directives, 'Service', 'User') ?? lastOf(directives, 'Socket', 'User');
  const dynamic = isYes(lastOf(directives, 'Service', 'DynamicUser') ?? '');
  const privileged = commands.some(({ exec }) => exec.privileged);
  return entryOf({
    ...plain,
    user: privileged
      ? of.manager.user
      : own === undefined || own === ''
        ? dynamic
          ? 'a user of its own'
          : plain.user
        : own,
    when: whenOf(directives),
    command: [...commands.map(({ words }) => words), ...startsOf(directives, of)].join('; '),
    programs: [...new Set(commands.flatMap(({ exec }) => programsOfExec(exec, of.manager)))],
    environment: environmentOf(directives),
    text,
    digest: digestOf(text),
    problem: rejects.length === 0 ? '' : `systemd passes over the line "${(rejects[0] ?? '').slice(0, 80)}"`,
  });
}

interface Command {
  readonly words: string;
  readonly exec: ExecCommand;
}

/** ExecStart is what a unit runs; the others are named. "clears …": what the unit file says is taken back. */
function commandsOf(directives: readonly Directive[]): Command[] {
  const commands: Command[] = [];
  for (const section of ['Service', 'Socket']) {
    for (const key of EXEC) {
      const { values, reset } = listOf(directives, section, key);
      if (reset) commands.push({ words: `clears ${key}`, exec: { words: [], privileged: false, shell: false } });
      for (const value of values)
        for (const exec of execCommands(value)) {
          const text = exec.words.map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(' ');
          commands.push({ words: key === 'ExecStart' ? text : `${key}: ${text}`, exec });
        }
    }
  }
  return commands;
}

function programsOfExec({ words, shell }: ExecCommand, { home }: Manager): string[] {
  if (shell) return programsOf(words.join(' '));
  const known = words.map((word) => (home === '' ? word : word.replaceAll('%h', home)));
  return programsOfWords(known).filter((path) => !path.includes('%'));
}

/** The unit that a timer, socket or path starts, and what others pull in that is not usual. */
function startsOf(directives: readonly Directive[], { name, type }: { name: string; type: string }): string[] {
  const words: string[] = [];
  if (type === 'timer' || type === 'path' || type === 'socket') {
    const section = type.charAt(0).toUpperCase() + type.slice(1);
    const other = lastOf(directives, section, type === 'socket' ? 'Service' : 'Unit') ?? '';
    if (directives.some((directive) => directive.section === section))
      words.push(`starts ${other === '' ? name.replace(/\.\w+$/, '.service') : other}`);
  }
  for (const key of STARTS) {
    const others = listOf(directives, 'Unit', key).values.flatMap(unitWords);
    const unusual = others.filter((unit) => !USUAL.test(unit));
    if (unusual.length > 0) words.push(`${key}: ${unusual.join(' ')}`);
  }
  return words;
}

function whenOf(directives: readonly Directive[]): string {
  const bus = lastOf(directives, 'Service', 'BusName') ?? '';
  const words = whenWords(directives);
  return words === '' && bus !== '' ? `when D-Bus asks for ${bus}` : words;
}

/** Variables that decide what is run, and files that may hold such. */
function environmentOf(directives: readonly Directive[]): string[] {
  const set = listOf(directives, 'Service', 'Environment').values.flatMap(unitWords);
  const files = listOf(directives, 'Service', 'EnvironmentFile').values.map((value) => `EnvironmentFile=${value}`);
  return [...set.filter((line) => decidesCode(line.slice(0, line.indexOf('=')))), ...files];
}
