/** Comparing with the baseline, as `baseline compare` and `lsm -c` do it: told, mailed when asked, never moving it. */

import { harmless, html } from '#lib/escape.ts';
import { signOf } from '#model/finding.ts';
import { blindOf } from '#model/gap.ts';
import type { Words } from '#model/notifier.ts';
import type { CompareResult } from '#model/verbs.ts';
import { VerbError } from '#model/verbs.ts';
import { differenceSentence, differenceText } from '#views/difference.ts';
import type { Call } from './command.ts';
import { exit } from './exit.ts';
import { openDesk } from './open-desk.ts';
import { settingsFor } from './settings.ts';
import { gapLines, paintSigns, viewOn } from './show-text.ts';

/** Looks, compares and tells; the exit code: 0 nothing differs, 1 note or watch, 2 act, 3 something could not be seen. */
export async function compare(call: Call): Promise<number> {
  const { terminal } = call;
  const result = await compared(call);
  terminal.object(result);
  for (const difference of result.differences) terminal.line({ difference });
  if (terminal.format === 'words') {
    if (terminal.width === undefined) for (const line of plainLines(result)) terminal.out(line);
    else terminal.out(paintSigns(terminal, differenceText(result, viewOn(terminal))));
  }
  if (result.differences.length > 0) await mailWhenAsked(call, result);
  return compareExit(result);
}

async function compared(call: Call): Promise<CompareResult> {
  await using opened = await openDesk(call, 'read');
  return await opened.desk.ask('baseline.compare', {});
}

/** The exit code for what was found. */
function compareExit({ differences, gaps }: CompareResult): number {
  if (differences.some(({ severity }) => signOf(severity) === 'act')) return exit.act;
  if (differences.length > 0) return exit.watch;
  return blindOf(gaps).length > 0 ? exit.blind : exit.ok;
}

function plainLines(result: CompareResult): readonly string[] {
  const lines = result.differences.map(({ table, change, severity, title }) =>
    [signOf(severity), change.type, table, harmless(title)].join('\t'),
  );
  return [
    ...lines,
    ...gapLines(result.gaps),
    ...(lines.length === 0 ? [differenceSentence(result, { nowMs: Date.now() })] : []),
  ];
}

async function mailWhenAsked(call: Call, result: CompareResult): Promise<void> {
  const settings = await settingsFor(call.where, call.terminal);
  if (!call.flag('mail') && !settings.compare.mail) return;
  const { channelsOf } = await import('./local-desk.ts');
  const channels = (await channelsOf(settings)).filter(({ settings: channel }) => channel.type === 'mail');
  if (channels.length === 0) {
    throw new VerbError(
      'CONFIG',
      'Cannot mail what differs: no mail channel is set up. Next: telltale config show --example',
    );
  }
  const { testNotice } = await import('#notifiers/index.ts');
  const { openLiveHost } = await import('#host/live.ts');
  using host = openLiveHost({ namespaces: 'own' });
  const signal = AbortSignal.timeout(60_000);
  for (const { notifier, settings: channel } of channels) {
    await using open = await notifier.open({ host, words: wordsFor(result, host.name), settings: channel.own, signal });
    await open.send({ ...testNotice(host) }, signal);
    call.terminal.err(`Mailed through "${channel.name}".`);
  }
}

/** What the mail says, whatever the notice: the difference. */
function wordsFor(result: CompareResult, hostName: string): Words {
  const view = { nowMs: Date.now(), record: true };
  const text = differenceText(result, view);
  return {
    subject: () => `${hostName}: ${differenceSentence(result, view)}`,
    text: () => `${text}\n`,
    html: () =>
      `<!doctype html><html lang="en"><body><pre>${html(text).replaceAll('\\u{a}', '\n')}</pre></body></html>`,
    json: () => JSON.stringify({ v: 1, compare: result }),
  };
}
