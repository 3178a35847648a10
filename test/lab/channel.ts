/** Opens a notifier as the engine does: settings through its own schema, real words, a host that has only a name and a clock. */

import * as v from 'valibot';
import { sendUnixDatagram } from '#host/datagram.ts';
import type { Host } from '#model/host.ts';
import type { Channel, Notifier } from '#model/notifier.ts';
import { words } from '#views/words.ts';
import { NIGHT_MS } from './notices.ts';

/** What notifiers may use of a host. */
export const labHost = {
  name: 'web-03.example.org',
  clock: { nowMs: () => NIGHT_MS, id: () => '019aa3c5-0000-7000-8000-000000000000' },
  datagram: sendUnixDatagram,
} as unknown as Host;

/** Throws with the schema's words when the settings are wrong. */
export async function openChannel(notifier: Notifier, settings: unknown): Promise<Channel> {
  return notifier.open({
    host: labHost,
    words,
    settings: v.parse(notifier.settings, settings),
    signal: new AbortController().signal,
  });
}

/** What the settings' schema complains of; [] when they are fine. */
export function complaints(notifier: Notifier, settings: unknown): readonly string[] {
  const result = v.safeParse(notifier.settings, settings);
  return result.success ? [] : result.issues.map((issue) => issue.message);
}

/** Never aborted. */
export const calm = new AbortController().signal;
