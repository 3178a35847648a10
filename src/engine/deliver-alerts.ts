/** Channels for programs: every alert and update, in order, at once. */

import type { Notice } from '#model/notifier.ts';
import type { ChannelState } from '#model/store.ts';
import type { Delivery } from './channel-loop.ts';
import type { Outbox } from './outbox.ts';

/** Notices told between two notes of how far we are: what may come twice after a crash. */
const batch = 200;

/** Tells everything after the cursor of `start`. `nowMs` dates the deliveries. */
export function deliverAlerts(outbox: Outbox, start: ChannelState, nowMs: () => number): Delivery {
  let { cursor, deliveredMs, suppressed } = start;
  return {
    async step(send) {
      for (const { seq, alert, incident, update } of outbox.after(cursor, batch)) {
        const notice: Notice = { seq, alert, incident, update, alerts: [alert] };
        await send(suppressed > 0 ? { ...notice, suppressed } : notice);
        cursor = seq;
        deliveredMs = nowMs();
        suppressed = 0;
      }
      return cursor < outbox.readySeq ? 0 : Infinity;
    },
    state: () => ({ ...start, cursor, deliveredMs, suppressed }),
    skipTo(seq) {
      if (seq <= cursor) return;
      suppressed += seq - cursor;
      cursor = seq;
    },
  };
}
