/** Words and weights that all rules on start points share. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { gravity, type Severity, severities } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';
import type { StartPointRow } from '#sensors/start-point-table.ts';

const AT_BOOT =
  /^(?:default|multi-user|graphical|basic|sysinit|local-fs|network|network-online|remote-fs|timers|sockets|paths|cloud-init)\.target$/;
/** Kinds whose row is a file that is run as it is. */
const SCRIPTS = new Set([
  'cron script',
  'systemd generator',
  'systemd hook',
  'network hook',
  'motd script',
  'resolvconf hook',
  'kernel hook',
  'X session script',
  'power hook',
  'certificate hook',
  'init script',
  'rc.local',
  'SSH login script',
  'git hook',
]);
/** Not started by themselves: they change what is started elsewhere. */
const SETTINGS = new Set(['cron variable', 'anacron variable', 'environment']);

/** A text of the row, made visible and short. */
export function shown(text: string, max = 120): string {
  return shorten(visible(text), max);
}

/** "root", "every user". */
export function runner(row: StartPointRow): string {
  return row.user === '' ? 'an unknown user' : shown(row.user, 40);
}

/** What happens, as a sentence without its end: "cron runs /tmp/x as root every minute". */
export function sentence(row: StartPointRow): string {
  if (SETTINGS.has(row.kind)) return `${shown(row.command)} is set for ${runner(row)}${when(row)}`;
  if (SCRIPTS.has(row.kind)) return `${row.kind} ${shown(row.path)} runs as ${runner(row)}${when(row)}`;
  const say = SENTENCES[row.kind];
  if (say !== undefined) return say(row);
  const name = row.name === '' ? '' : ` ${shown(row.name, 80)}`;
  return `${row.kind}${name} runs ${row.command === '' ? shown(row.path) : shown(row.command)} as ${runner(row)}${when(row)}`;
}

const SENTENCES: Readonly<Record<string, (row: StartPointRow) => string>> = {
  cron: plainRun,
  at: plainRun,
  anacron: plainRun,
  'systemd service': (row) =>
    isMasked(row)
      ? `service ${shown(row.name, 80)} is masked: nothing can start it`
      : `service ${shown(row.name, 80)} runs ${row.command === '' ? 'nothing of its own' : shown(row.command)} as ${runner(row)}${atBoot(row)}`,
  'systemd timer': starter,
  'systemd socket': starter,
  'systemd path': starter,
  'systemd target': (row) =>
    `${shown(row.name, 80)}${row.command === '' ? ' is a target of systemd' : ` pulls in ${shown(row.command)}`}`,
  'systemd link': (row) => `${shown(row.name, 80)} is started${when(row)}${linked(row)}`,
  'systemd drop-in': (row) => `${shown(row.name, 80)} is changed by ${shown(row.path)}${dropIn(row)}`,
  'shell start file': (row) => `${shown(row.path)} is run${when(row)} of ${runner(row)}`,
  'module at boot': (row) => `kernel module ${shown(row.name, 80)} is loaded at boot`,
  'network command': (row) => `ifupdown runs ${shown(row.command)} as root${when(row)}`,
  'module with another': (row) => `${shown(row.command)}${when(row)}`,
  'ssh setting': sshSetting,
  'binary format': (row) => `${shown(row.command)} is run${when(row)}`,
};

function sshSetting(row: StartPointRow): string {
  const command = shown(row.command);
  if (row.name.startsWith('Include')) return `ssh of ${runner(row)} takes settings from ${command} as well`;
  const loads = /^(?:PKCS11Provider|SmartcardDevice|SecurityKeyProvider)/.test(row.name);
  return `ssh ${loads ? 'loads' : 'runs'} ${command} as ${runner(row)}${when(row)} (${shown(row.name, 80)})`;
}

function isMasked({ when: moment }: StartPointRow): boolean {
  return moment === 'never: it is masked';
}

function when(row: StartPointRow): string {
  return row.when === '' ? '' : ` ${shown(row.when, 100)}`;
}

function plainRun(row: StartPointRow): string {
  return `${row.kind} runs ${shown(row.command)} as ${runner(row)}${when(row)}`;
}

function starter(row: StartPointRow): string {
  const does = row.command === '' ? 'acts' : shown(row.command);
  return `${shown(row.name, 80)} ${does}${when(row)}${row.user === 'root' ? '' : ` as ${runner(row)}`}`;
}

function atBoot(row: StartPointRow): string {
  const boot = row.startedBy.some((unit) => AT_BOOT.test(unit));
  if (boot) return row.user === 'root' || !/\/user\//.test(row.path) ? ' at boot' : ' at login';
  const [by] = row.startedBy;
  if (by !== undefined) return ` together with ${shown(by, 60)}`;
  return row.when === '' ? '' : ` ${shown(row.when, 80)}`;
}

/** What the unit behind a link runs. */
function linked({ command, name }: StartPointRow): string {
  const start = `starts ${name}: `;
  if (!command.startsWith(start)) return '';
  const does = shown(command.slice(start.length));
  return does.startsWith('starts ') ? `, it ${does}` : `, it runs ${does}`;
}

function dropIn(row: StartPointRow): string {
  const parts = [
    ...row.environment.map((line) => `sets ${shown(line, 80)}`),
    ...(row.command === '' ? [] : [shown(row.command)]),
  ];
  return parts.length === 0 ? '' : `: ${shorten(parts.join('; '), 160)}`;
}

/**
 * What others may do to it, as a severity of its own: told by start-point-in-open-place, or in the words of what is new
 * or changed, so that one line is one alert. Undefined where only its user may change it.
 */
export function exposure(row: StartPointRow): { readonly severity: Severity; readonly why: string } | undefined {
  if (row.open === '') return undefined;
  const why = HIDDEN.test(row.open)
    ? `Names with a dot are not listed: what runs as ${runner(row)} has no reason to hide.`
    : `Whoever may change it runs what they like as ${runner(row)}, and needs no other way in.`;
  return { severity: exposedSeverity(row), why };
}

const EVERYONE = /everyone may write/;
const HIDDEN = /is hidden by/;

function exposedSeverity(row: StartPointRow): Severity {
  if (!row.enabled) return 'low';
  if (HIDDEN.test(row.open)) return 'medium';
  const powerful = row.user === 'root' || row.user === 'every user';
  if (EVERYONE.test(row.open)) return powerful ? 'critical' : 'high';
  return powerful ? 'high' : 'medium';
}

/** What decides what happens; problems have a rule of their own. */
const DECIDING = ['command', 'when', 'user', 'environment', 'enabled', 'link', 'digest', 'programDigest'] as const;

/** Columns that decide what happens and are not as they were. */
export function decidedAnew(before: StartPointRow, after: StartPointRow): readonly (typeof DECIDING)[number][] {
  return DECIDING.filter((column) => String(before[column]) !== String(after[column]));
}

/** Whether that others may change it is news. */
export function opensHere(before: StartPointRow, after: StartPointRow): boolean {
  return before.open !== after.open || before.command !== after.command;
}

/** A finding about something new or changed, with what others may do to it. */
export function withExposure(row: StartPointRow, told: { severity: Severity; title: string; why: string }) {
  const exposed = exposure(row);
  if (exposed === undefined || !row.enabled) return told;
  const severity = gravity(exposed.severity) > gravity(told.severity) ? exposed.severity : told.severity;
  const title = `${told.title}, but ${shown(row.open, 160)}`;
  const dangerous = exposed.severity === 'critical' || exposed.severity === 'high';
  return { severity, title, why: `${told.why} ${exposed.why}`, ...(dangerous && { dangerous }) };
}

export interface Weight {
  readonly severity: Severity;
  /** Why it weighs so, as sentences. */
  readonly why: string;
}

/** How grave it is that this starts; docs/rules/start-point-new.md is this in words. */
export function weigh(row: StartPointRow): Weight {
  if (!row.enabled) return { severity: 'info', why: 'Nothing runs it now, but it takes little to wake it.' };
  const reasons = [`It runs as ${runner(row)} without being asked${keeps(row)}.`];
  let level = baseOf(row, reasons);
  for (const [steps, reason] of suspicions(row)) {
    level += steps;
    reasons.push(reason);
  }
  return { severity: severities[Math.min(Math.max(level, 0), 4)] ?? 'critical', why: reasons.join(' ') };
}

function keeps(row: StartPointRow): string {
  return row.kind.startsWith('systemd') || row.kind === 'init script' ? ', also after the next boot' : '';
}

function baseOf(row: StartPointRow, reasons: string[]): number {
  if (isShipped(row)) {
    reasons.push(`Package ${shown(row.package || row.programPackage, 60)} brought it.`);
    return 1;
  }
  reasons.push(
    row.package === '' ? 'No package owns the file.' : `It is not as package ${shown(row.package, 60)} shipped it.`,
  );
  return isHarmless(row) ? 1 : 2;
}

/** The shell of the system, and folders of programs that only root fills: what cron and every login have anyway. */
const USUAL =
  /^(?:SHELL="?(?:\/usr)?\/bin\/(?:ba|da)?sh"?|PATH="?(?:(?:\/usr(?:\/local)?)?\/s?bin|\/usr(?:\/local)?\/games)(?::(?:(?:\/usr(?:\/local)?)?\/s?bin|\/usr(?:\/local)?\/games))*"?)$/;

/** Settings that decide nothing, and what people do in their own start files. */
function isHarmless(row: StartPointRow): boolean {
  if (SETTINGS.has(row.kind)) return row.environment.every((line) => USUAL.test(line));
  if (row.kind === 'systemd target') return row.command === '';
  if (row.kind === 'systemd drop-in') return row.command === '' && row.environment.length === 0;
  return row.kind === 'shell start file' && row.user !== 'root' && row.user !== 'every user';
}

/** What generators make of /etc/init.d and fstab at each reload, and snapd of each revision of a snap. */
function isMadeByProgram(row: StartPointRow): boolean {
  const ofSnap = row.program === '/usr/bin/snap' && /^snap\.[\w.-]+\.service$/.test(row.name);
  return row.path.startsWith('/run/systemd/generator') || ofSnap;
}

/** A link that starts a packaged unit is as good as the unit. */
function isShipped(row: StartPointRow): boolean {
  if (row.package !== '') return row.shipped !== 'differs';
  return row.programPackage !== '' && (row.kind === 'systemd link' || isMadeByProgram(row));
}

function* suspicions(row: StartPointRow): Generator<readonly [steps: number, reason: string]> {
  const powerful = row.user === 'root' || row.user === 'every user';
  if (powerful && row.program !== '' && row.programPackage === '' && row.kind !== 'systemd link')
    yield [1, `No package owns ${shown(row.program)}, which it runs.`];
  if (row.environment.some((line) => /^(?:LD_PRELOAD|LD_AUDIT|BASH_ENV|GCONV_PATH)=/.test(line)))
    yield [2, 'The variable makes every program that it reaches load foreign code.'];
  const trick = row.tricks.find((words) => !/^LD_\w+ set$/.test(words));
  if (trick !== undefined) yield [1, `It holds what intruders like: ${shown(trick, 80)}.`];
  if (row.open !== '') yield [1, 'Others may change it.'];
}

/** The stable identity as text. A unit and the link that enables it are one trouble. */
export function subjectOf(row: StartPointRow): string {
  if (/^systemd (?:service|timer|socket|path|target|link)$/.test(row.kind)) {
    const scope =
      /^(.*)\/(?:\.config|\.local\/share)\/systemd\/user/.exec(row.path)?.[1] ??
      (row.path.includes('/systemd/user/') ? 'user' : 'system');
    return `unit ${scope} ${row.name}`;
  }
  return [row.kind, row.path, row.name].filter((part) => part !== '').join(' ');
}

/** Facts under the names that scripts read. */
export function factsOf(row: StartPointRow): Record<string, Cell> {
  const { kind, name, user, when, command, enabled, program } = row;
  const facts: Record<string, Cell> = { file: row.path, kind, name, user, when, command, enabled };
  const more = {
    program,
    package: row.package,
    programPackage: row.programPackage,
    open: row.open,
    problem: row.problem,
    link: row.link,
  };
  for (const [key, value] of Object.entries(more)) if (value !== '') facts[key] = value;
  for (const key of ['environment', 'tricks', 'added', 'startedBy'] as const)
    if (row[key].length > 0) facts[key] = row[key];
  return facts;
}

/** Commands to paste: the file, who ships it, and the unit as systemd sees it. */
export function nextSteps(row: StartPointRow): string {
  const file = shellQuote(row.path);
  const steps = [`ls -l -- ${file}`];
  if (/^systemd (?:service|timer|socket|path|link)$/.test(row.kind)) {
    const user = /\/systemd\/user/.test(row.path) ? ' --user' : '';
    steps.push(`systemctl${user} cat -- ${shellQuote(row.name)}`);
  } else steps.push(`cat -v -- ${file}`);
  if (row.program !== '' && row.programPackage === '') steps.push(`sha256sum -- ${shellQuote(row.program)}`);
  steps.push('telltale show start-points');
  return steps.join('; ');
}

/** What every finding about a start point holds. */
export function about(row: StartPointRow) {
  return { subject: subjectOf(row), facts: factsOf(row), next: nextSteps(row) };
}

/** A sentence with a capital at its beginning, unless it begins with a path or a name. */
export function capital(text: string): string {
  return /^(?:service|module|kernel|systemd|udev|apt|dpkg|network|motd|init|shell|python|perl|php|git|mail|autostart|binary|power|certificate)\b/.test(
    text,
  )
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text;
}
