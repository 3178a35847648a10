/** `telltale notify test [NAME]`: sends a test through the channels, and says what the other side answered. */

import { harmless, shorten } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { commandAnywhere } from '../command-name.ts';
import { exit } from '../exit.ts';
import { settingsFor } from '../settings.ts';

/** As in the daemon: who does not answer for this long has refused. */
const PATIENCE_MS = 60_000;

export default defineCommand({
  name: 'notify',
  summary: 'try the channels: telltale notify test [NAME]',
  verbs: [
    {
      name: 'test',
      operands: '[name...]',
      summary: 'send a test through every channel, or through those named',
      notes: [
        'Names are those of the settings: telltale config show. Each channel is opened and asked as the daemon does it,',
        'with the settings as they are in the file now; nothing is recorded.',
        '',
        'Exit codes:',
        '  0   all of them took the test',
        '  74  at least one refused; its words are shown',
        '  78  there is no channel, or none of that name',
      ].join('\n'),
      run: test,
    },
  ],
});

async function test(call: Call): Promise<number> {
  const { terminal } = call;
  const settings = await settingsFor(call.where, terminal);
  const { channelsOf } = await import('../local-desk.ts');
  const all = await channelsOf(settings);
  const names = all.map((channel) => channel.settings.name);
  const unknown = call.args.find((name) => !names.includes(name));
  if (unknown !== undefined || all.length === 0) throw noChannel(unknown, names);
  const [{ testNotice }, { openLiveHost }, { wordsFor }] = await Promise.all([
    import('#notifiers/index.ts'),
    import('#host/live.ts'),
    import('#views/words.ts'),
  ]);
  using host = openLiveHost({ namespaces: 'own' });
  const results: { readonly name: string; readonly type: string; readonly error: string }[] = [];
  for (const { notifier, settings: channel } of all) {
    if (call.args.length > 0 && !call.args.includes(channel.name)) continue;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const error = await sent(async () => {
      await using open = await notifier.open({
        host,
        words: wordsFor(commandAnywhere()),
        settings: channel.own,
        signal,
      });
      await open.send(testNotice(host), signal);
    });
    const result = { name: channel.name, type: channel.type, error };
    results.push(result);
    terminal.line({ ...result, delivered: error === '' });
    if (terminal.format !== 'words') continue;
    if (error === '') terminal.out(`${harmless(channel.name)}: delivered`);
    else terminal.err(`${harmless(channel.name)}: refused: ${shorten(harmless(error), 1000)}`);
  }
  terminal.object({ channels: results.map((result) => ({ ...result, delivered: result.error === '' })) });
  return results.some(({ error }) => error !== '') ? exit.io : exit.ok;
}

/** "" when it was taken, else the words of whoever refused. */
async function sent(send: () => Promise<void>): Promise<string> {
  try {
    await send();
    return '';
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)) || 'no reason was given';
  }
}

function noChannel(unknown: string | undefined, names: readonly string[]): VerbError {
  if (unknown === undefined)
    return new VerbError(
      'CONFIG',
      'Cannot test a channel: "notifiers" in the settings is empty. Next: telltale config show --example',
    );
  const there = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
  return new VerbError('CONFIG', `Cannot find channel "${unknown}"; ${there}. See: telltale config show`);
}
