/** A notice that says it is only a test, for `telltale notify test NAME`. */

import type { Alert } from '#model/finding.ts';
import type { Host } from '#model/host.ts';
import type { Notice } from '#model/notifier.ts';

/** It looks like a real one of the sign "note", belongs to no stored alert, and asks for nothing. */
export function testNotice(host: Pick<Host, 'name' | 'clock'>): Notice {
  const nowMs = host.clock.nowMs();
  const id = host.clock.id();
  const title = `Telltale on ${host.name} can reach you: this is a test`;
  const alert: Alert = {
    id,
    fingerprint: `test:${id}`,
    incident: id,
    host: host.name,
    state: 'closed',
    finding: {
      rule: 'notify-test',
      severity: 'info',
      subject: 'notify test',
      title,
      why: 'Someone asked for a test of this channel. Real alerts come the same way.',
      next: 'telltale changes',
      facts: { test: true },
    },
    table: '',
    key: '',
    count: 1,
    firstMs: nowMs,
    lastMs: nowMs,
    closedMs: nowMs,
  };
  return {
    seq: 0,
    alert,
    incident: {
      id,
      cause: `alert:${alert.fingerprint}`,
      title,
      state: 'closed',
      count: 1,
      firstMs: nowMs,
      lastMs: nowMs,
    },
    update: false,
    alerts: [alert],
  };
}
