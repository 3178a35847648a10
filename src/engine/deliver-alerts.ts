/** Channels for programs: every alert and update, in order, at once. */

import type { Notice } from '#model/notifier.ts';
import type { ChannelState } from '#model/store.ts';
import type { Delivery } from './channel-loop.ts';
import type { Outbox } from './outbox.ts';

/** Notices told between two notes of how far we are: what may come twice after a crash. */
const batch = 200;

/** Tells everything after the cursor of `start`. `nowMs` dates the deliveries. */
export function deliverAlerts(outbox: Outbox, start: ChannelState, nowMs: () => number): Delivery {
  let state = start;
  return {
    async step(send) {
      for (const notice of outbox.after(state.cursor, batch)) {
        const { seq, alert, incident, update } = notice;
        const { suppressed } = state;
        const told: Notice = { seq, alert, incident, update, alerts: [alert], ...(suppressed > 0 && { suppressed }) };
        await send(told);
        state = { ...state, cursor: seq, deliveredMs: nowMs(), suppressed: 0 };
      }
      return state.cursor < outbox.readySeq ? 0 : Infinity;
    },
    state: () => state,
    skipTo(seq) {
      if (seq > state.cursor) state = { ...state, suppressed: state.suppressed + seq - state.cursor, cursor: seq };
    },
  };
}
