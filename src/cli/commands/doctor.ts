/** `telltale doctor`: what can be seen here, by what, what is blind and what to do about it. */

import { visible } from '#lib/escape.ts';
import { plural, thousands } from '#lib/plural.ts';
import { textTable } from '#lib/text-table.ts';
import type { Sign } from '#model/finding.ts';
import { distinctGaps, type Gap } from '#model/gap.ts';
import type { Sense } from '#model/host.ts';
import type { ChannelStatus, SensorStatus } from '#model/verbs.ts';
import { gapWords, gathered } from '#views/gap.ts';
import { ago } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { type OpenDesk, openDesk } from '../open-desk.ts';
import { gapLines, nextOn, paragraph, signOn } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'doctor',
  summary: 'what can be seen here, by what, and what is blind',
  options: [['-a, --all', 'every sense and every check, one by one (in a pipe always)']],
  notes: 'Exit codes: 0 nothing is blind, 1 a sense is reduced or blind, 69 or 3 as everywhere.',
  run,
});

const SIGN: Readonly<Record<Sense['state'], Sign>> = { works: 'settled', reduced: 'watch', blind: 'act' };

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'look');
  const { senses, sensors } = await opened.desk.ask('doctor', {});
  const status = opened.forgetful ? undefined : await opened.desk.ask('status', {});
  const channels = status?.channels ?? [];
  terminal.object({ via: opened.via, stateDir: opened.stateDir, senses, sensors, channels });
  for (const sense of senses) terminal.line({ sense });
  for (const sensor of sensors) terminal.line({ sensor });
  if (terminal.format === 'words') print(call, opened, { senses, sensors, channels });
  return senses.some(({ state }) => state !== 'works') ? exit.watch : exit.ok;
}

interface Report {
  readonly senses: readonly Sense[];
  readonly sensors: readonly SensorStatus[];
  readonly channels: readonly ChannelStatus[];
}

function print(call: Call, { via, stateDir }: OpenDesk, { senses, sensors, channels }: Report): void {
  const { terminal } = call;
  const all = call.flag('all') || terminal.width === undefined;
  printSenses(terminal, senses, all);
  if (all) for (const sensor of sensors) printSensor(terminal, sensor);
  else printInShort(terminal, sensors, senses);
  for (const channel of channels) terminal.out(paragraph(terminal, channelLine(channel), 2));
  const asked =
    via === 'daemon'
      ? `Asked the daemon of "${visible(stateDir)}".`
      : `No daemon runs with "${visible(stateDir)}": this process looked itself.`;
  terminal.out(paragraph(terminal, asked));
  if (!all) terminal.out(nextOn(terminal, 'telltale doctor --all'));
}

function printSensor(terminal: Terminal, sensor: SensorStatus): void {
  const seen = `${plural(sensor.rows, 'row')} seen ${ago(sensor.lastLookMs, Date.now())} by ${sensor.by}`;
  const heard = sensor.hears === '' ? 'only looks' : `hears by ${sensor.hears}, ${plural(sensor.lost, 'event')} lost`;
  terminal.out(
    paragraph(terminal, `${sensor.name}: ${sensor.lastLookMs === 0 ? 'not looked yet' : seen}; ${heard}`, 2),
  );
  for (const line of gapLines(sensor.gaps)) terminal.out(`  ${paragraph(terminal, line, 4)}`);
}

/** What works in two sentences; what does not, each once with those who miss it. */
function printInShort(terminal: Terminal, sensors: readonly SensorStatus[], senses: readonly Sense[]): void {
  const hear = sensors.filter(({ hears }) => hears !== '').length;
  const lost = sensors.reduce((sum, sensor) => sum + sensor.lost, 0);
  const lastMs = Math.max(0, ...sensors.map(({ lastLookMs }) => lastLookMs));
  const waiting = sensors.filter(({ lastLookMs }) => lastLookMs === 0).map(({ name }) => name);
  const looked = lastMs === 0 ? '' : ` The last look was ${ago(lastMs, Date.now())}.`;
  const words = `${plural(sensors.length, 'check')}, ${thousands(hear)} of them told at once by the kernel; ${plural(lost, 'event')} lost.${looked}`;
  terminal.out(`${signOn(terminal, 'settled')} ${paragraph(terminal, words, 2)}`);
  if (waiting.length > 0) terminal.out(`  ${paragraph(terminal, `Not looked yet: ${waiting.join(', ')}.`, 2)}`);
  for (const gap of gapsOnce(sensors, senses)) {
    const names = sensors.filter((sensor) => sensor.gaps.some((one) => isPartOf(one, gap))).map(({ name }) => name);
    const [sign, word] = gap.reduced === true ? (['watch', 'reduced'] as const) : (['act', 'blind  '] as const);
    const next = gap.next === undefined ? '' : `. ${visible(gap.next)}`;
    const text = `${word}  ${names.join(', ')}: ${gapWords(gap)}${next}`;
    terminal.out(`${signOn(terminal, sign)} ${paragraph(terminal, text, 4)}`);
  }
}

/** One of each name, for several checks may meet it at different times; not what is said as a sense already. */
function gapsOnce(sensors: readonly SensorStatus[], senses: readonly Sense[]): readonly Gap[] {
  const said = new Set(senses.filter(({ state }) => state !== 'works').map(({ name }) => name));
  const gaps = distinctGaps(sensors.flatMap((sensor) => sensor.gaps)).filter(({ what }) => !said.has(what));
  return gathered([...new Map(gaps.toReversed().map((gap) => [gap.what, gap])).values()].toReversed());
}

/** Several files with the same trouble may be gathered into one gap. */
function isPartOf(one: Gap, gap: Gap): boolean {
  return one.what === gap.what || (one.why === gap.why && one.what.startsWith('/') && gap.what.startsWith('/'));
}

function channelLine(channel: ChannelStatus): string {
  const trouble = channel.failing === '' ? '' : `; failing: ${visible(channel.failing)}`;
  const last =
    channel.deliveredMs === 0 ? 'nothing delivered yet' : `last delivered ${ago(channel.deliveredMs, Date.now())}`;
  return `channel ${visible(channel.name)}: ${last}, ${channel.waiting} waiting${trouble}`;
}

function printSenses(terminal: Terminal, all: readonly Sense[], withWorking: boolean): void {
  if (terminal.width === undefined) {
    for (const { name, state, by, why, next } of all)
      terminal.out([state, name, by, why, next].map(visible).join('\t'));
    return;
  }
  const working = all.filter(({ state }) => state === 'works');
  if (!withWorking && working.length > 0) {
    const names = working.map(({ name }) => name).join(', ');
    terminal.out(`${signOn(terminal, 'settled')} ${paragraph(terminal, `works    ${names}`, 4)}`);
  }
  const senses = withWorking ? all : all.filter(({ state }) => state !== 'works');
  const rows = senses.map(({ name, state, by }) => [state, name, by]);
  const lines = textTable([{ heading: '' }, { heading: '' }, { heading: '', shrinkTo: 20 }], rows, {
    maxWidth: terminal.width - 4,
    ascii: terminal.ascii,
  }).slice(1);
  senses.forEach((sense, index) => {
    terminal.out(`${signOn(terminal, SIGN[sense.state])} ${lines[index] ?? ''}`);
    if (sense.state === 'works') return;
    for (const text of [sense.why, sense.next].filter((part) => part !== ''))
      terminal.out(paragraph(terminal, visible(text), 4, true));
  });
  if (withWorking) terminal.out('');
}
