/** `telltale explain RULE|ID`: what a rule says, why it matters, how to quiet it, and who is told. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '#lib/closest.ts';
import { type Alert, gravity } from '#model/finding.ts';
import type { Rule } from '#model/sensor.ts';
import { VerbError } from '#model/verbs.ts';
import { notifiers } from '#notifiers/index.ts';
import { rules } from '#rules/index.ts';
import { titleOf } from '#views/alert.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { programFolder } from '../own-version.ts';
import { pageWords } from '../page-words.ts';
import { settingsFor } from '../settings.ts';
import { paragraph } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';
import { wrappedTable } from '../wrapped-table.ts';

export default defineCommand({
  name: 'explain',
  operands: '[rule]',
  summary: 'what a rule means, why it matters, how to quiet it',
  notes: 'Takes the name of a rule or the id of a change; alone it lists all rules.',
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const [given] = call.args;
  if (given === undefined) {
    terminal.object({ rules: rules.map(({ id, doc, attack }) => ({ id, doc, attack })) });
    for (const { id, doc, attack } of rules) terminal.line({ id, doc, attack });
    if (terminal.format !== 'words') return exit.ok;
    const listed = rules.map(({ id, doc }) => [id, doc]);
    const lines = terminal.width === undefined ? listed.map((row) => row.join('\t')) : ruleTable(terminal, listed);
    for (const line of lines) terminal.out(line);
    return exit.ok;
  }
  const byName = rules.find(({ id }) => id === given);
  const alert = byName === undefined ? await alertOf(call, given) : undefined;
  const rule = byName ?? rules.find(({ id }) => id === alert?.finding.rule);
  if (rule === undefined) {
    const names = rules.map(({ id }) => id);
    throw new VerbError(
      'NOT_FOUND',
      `No rule and no change is called "${given.slice(0, 60)}"${didYouMean(given, names)}. All rules: telltale explain`,
    );
  }
  await tellRule(call, rule, alert);
  return exit.ok;
}

function ruleTable(terminal: Terminal, rows: readonly (readonly string[])[]): readonly string[] {
  return wrappedTable(terminal, [{ heading: 'RULE' }], 'TELLS THAT', rows);
}

async function alertOf(call: Call, id: string): Promise<Alert | undefined> {
  try {
    await using opened = await openDesk(call, 'read');
    return (await opened.desk.ask('show', { id })).alert;
  } catch (error) {
    // Where nothing was recorded yet, or no such change is known, the answer is the list of rules.
    if (error instanceof VerbError && (error.code === 'NOT_FOUND' || error.code === 'NO_STATE')) return undefined;
    throw error;
  }
}

async function tellRule(call: Call, rule: Rule, alert: Alert | undefined): Promise<void> {
  const { terminal } = call;
  const page = pageOf(rule.id);
  const channels = await channelsFor(call, alert);
  terminal.object({ rule: rule.id, doc: rule.doc, attack: rule.attack, table: rule.on, channels, page });
  terminal.line({ rule: rule.id, doc: rule.doc, attack: rule.attack, table: rule.on, channels, page });
  if (terminal.format !== 'words') return;
  if (alert !== undefined) terminal.out(`${paragraph(terminal, titleOf(alert))}\n`);
  const lines = page === '' ? [`${terminal.paint('strong', rule.id)}: ${rule.doc}`] : pageWords(terminal, page);
  terminal.out(lines.join('\n'));
  terminal.out('');
  if (rule.attack.length > 0) terminal.out(`ATT&CK: ${rule.attack.join(', ')}`);
  terminal.out(
    paragraph(
      terminal,
      `Told to: ${channels.length === 0 ? 'nobody but this terminal and the page' : channels.join('; ')}.`,
    ),
  );
}

/** The rule's page, or "" where docs are not installed. */
function pageOf(id: string): string {
  const file = join(programFolder(), 'docs/rules', `${id}.md`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

async function channelsFor(call: Call, alert: Alert | undefined): Promise<readonly string[]> {
  const settings = await settingsFor(call.where, call.terminal);
  return settings.notifiers
    .filter(
      (channel) =>
        alert === undefined ||
        gravity(alert.finding.severity) >= gravity(channel.minSeverity) ||
        kindOf(channel.type) === 'alerts',
    )
    .map((channel) =>
      kindOf(channel.type) === 'alerts'
        ? `${channel.name} (every alert)`
        : `${channel.name} (from ${channel.minSeverity} up, at most ${channel.maxPerHour} an hour)`,
    );
}

function kindOf(type: string): string | undefined {
  return notifiers.find(({ name }) => name === type)?.kind;
}
