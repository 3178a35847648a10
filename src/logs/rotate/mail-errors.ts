/** The old `errors ADDRESS`: logrotate gave it up; here whoever is named gets the errors of a run, in one mail. */

import type { OrderedMessages } from './messages.ts';
import { ended, start } from './programs.ts';

/** Sends what went wrong; trouble with it is told, and changes nothing else. */
export async function mailErrors(address: string, messages: OrderedMessages, mailCommand: string): Promise<void> {
  const [file = '', ...options] = mailCommand.split(' ').filter((part) => part !== '');
  const lines = messages.errors.map((text) => (text.endsWith('\n') ? text : `${text}\n`));
  const subject = `logrotate: ${lines.length} ${lines.length === 1 ? 'error' : 'errors'}`;
  messages.flush();
  const child = start(
    { file, args: [...options, '-s', subject, address], stdio: ['pipe', 'ignore', 'inherit'] },
    messages,
  );
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(Buffer.from(lines.join(''), 'latin1'));
  const end = await ended(child);
  if (end.code !== 0) messages.error(`mail command failed for errors to ${address}\n`);
}
