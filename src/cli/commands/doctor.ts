/** `telltale doctor`: what can be seen here, by what, what is blind and what to do about it. */

import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { textTable } from '#lib/text-table.ts';
import type { Sign } from '#model/finding.ts';
import type { Sense } from '#model/host.ts';
import type { ChannelStatus, SensorStatus } from '#model/verbs.ts';
import { ago } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { gapLines, paragraph, signOn } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'doctor',
  summary: 'what can be seen here, by what, and what is blind',
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
  if (terminal.format === 'words') {
    printSenses(terminal, senses);
    for (const sensor of sensors) printSensor(terminal, sensor);
    for (const channel of channels) terminal.out(channelLine(channel));
    terminal.out(
      opened.via === 'daemon'
        ? `Asked the daemon of "${visible(opened.stateDir)}".`
        : `No daemon runs with "${visible(opened.stateDir)}": this process looked itself.`,
    );
  }
  return senses.some(({ state }) => state !== 'works') ? exit.watch : exit.ok;
}

function printSensor(terminal: Terminal, sensor: SensorStatus): void {
  const seen = `${plural(sensor.rows, 'row')} seen ${ago(sensor.lastLookMs, Date.now())} by ${sensor.by}`;
  const heard = sensor.hears === '' ? 'only looks' : `hears by ${sensor.hears}, ${plural(sensor.lost, 'event')} lost`;
  terminal.out(`${sensor.name}: ${sensor.lastLookMs === 0 ? 'not looked yet' : seen}; ${heard}`);
  for (const line of gapLines(sensor.gaps)) terminal.out(`  ${line}`);
}

function channelLine(channel: ChannelStatus): string {
  const trouble = channel.failing === '' ? '' : `; failing: ${visible(channel.failing)}`;
  const last =
    channel.deliveredMs === 0 ? 'nothing delivered yet' : `last delivered ${ago(channel.deliveredMs, Date.now())}`;
  return `channel ${visible(channel.name)}: ${last}, ${channel.waiting} waiting${trouble}`;
}

function printSenses(terminal: Terminal, senses: readonly Sense[]): void {
  if (terminal.width === undefined) {
    for (const { name, state, by, why, next } of senses)
      terminal.out([state, name, by, why, next].map(visible).join('\t'));
    return;
  }
  const rows = senses.map(({ name, state, by }) => [state, name, by]);
  const lines = textTable([{ heading: '' }, { heading: '' }, { heading: '', shrinkTo: 20 }], rows, {
    maxWidth: terminal.width - 4,
    ascii: terminal.ascii,
  }).slice(1);
  senses.forEach((sense, index) => {
    terminal.out(`${signOn(terminal, SIGN[sense.state])} ${lines[index] ?? ''}`);
    if (sense.state === 'works') return;
    for (const text of [sense.why, sense.next].filter((part) => part !== ''))
      terminal.out(indented(paragraph(terminal, visible(text))));
  });
  terminal.out('');
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
