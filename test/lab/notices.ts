/** Notices for tests of views and notifiers: an ordinary incident, and one in which every text is hostile. */

import type { Alert, Finding, Incident } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';

/** 21 November 2026, 02:14:31 UTC. */
export const NIGHT_MS = Date.UTC(2026, 10, 21, 2, 14, 31);

/** Every trick at once: terminal, markup, header and line injection, reordering, hiding, lone surrogate. */
export const HOSTILE =
  '\u001b[2J\u009b31m<script>alert(1)</script>"\'`\r\nBcc: victim@example.org\r\n\r\n.\r\nDATA\u202efdp\u200b\u2028\ud800${HOME}$(id)&amp;';

const FINDING: Finding = {
  rule: 'new-listener',
  severity: 'critical',
  subject: 'host tcp 0.0.0.0:4444 /tmp/.x/nc www-data php8.2-fpm.service',
  title: 'nc opened port 4444 to every address',
  why: 'Started by www-data from /tmp/.x/nc, a file written 9 s earlier in a folder that anyone may write to. No package owns it.',
  next: "ss -tnp 'sport = :4444'; ls -l /proc/4242/exe",
  facts: { port: 4444, protocol: 'tcp', address: '0.0.0.0', exposure: 'open', holders: ['4242'], worldWritable: true },
  who: {
    pid: 4242,
    exe: '/tmp/.x/nc',
    comm: 'nc',
    cmdline: '/tmp/.x/nc -l -p 4444 -e /bin/sh',
    user: 'www-data',
    uid: 33,
    parents: ['sh (4100)', 'php-fpm8.2 (801)', 'systemd (1)'],
    unit: 'php8.2-fpm.service',
    package: '',
    session: '',
    startedMs: NIGHT_MS - 80,
  },
  source: { ip: '203.0.113.9', port: 51_234 },
  attack: ['T1571', 'T1059.004'],
};

export function makeAlert(over: Partial<Alert> = {}, finding: Partial<Finding> = {}): Alert {
  return {
    id: '019aa3c5-70d8-7c3e-9f64-0b7f5a1c2d3e',
    fingerprint: '5f3a9c',
    incident: '019aa3c5-70d8-7c3e-9f64-0b7f5a1c0000',
    host: 'web-03',
    state: 'open',
    finding: { ...FINDING, ...finding },
    table: 'sockets',
    key: 'k',
    count: 1,
    firstMs: NIGHT_MS,
    lastMs: NIGHT_MS,
    ...over,
  };
}

export function makeIncident(alerts: readonly Alert[], over: Partial<Incident> = {}): Incident {
  const times = alerts.map((alert) => alert.lastMs);
  return {
    id: alerts[0]?.incident ?? 'incident',
    cause: alerts.length > 1 ? 'parent:801:8812' : 'alert:5f3a9c',
    title: alerts[0]?.finding.title ?? '',
    state: 'open',
    count: alerts.length,
    firstMs: Math.min(...alerts.map((alert) => alert.firstMs)),
    lastMs: Math.max(...times),
    ...over,
  };
}

export function makeNotice(alerts: readonly Alert[] = [makeAlert()], over: Partial<Notice> = {}): Notice {
  const [alert = makeAlert()] = alerts;
  return { seq: 7, alert, incident: makeIncident(alerts), update: false, alerts, ...over };
}

/** Two alerts of one parent. */
export function incidentOfTwo(): readonly Alert[] {
  return [
    makeAlert(),
    makeAlert(
      {
        id: '019aa3c5-70d8-7c3e-9f64-0b7f5a1c2d3f',
        fingerprint: '77aa01',
        firstMs: NIGHT_MS + 91_000,
        lastMs: NIGHT_MS + 91_000,
      },
      {
        rule: 'short-lived-listener',
        severity: 'medium',
        title: 'k listened on udp 5353 for 0.2 s',
        why: 'A port that is open for a moment is easily missed by anyone who only looks now and then.',
        next: 'telltale show 1c2d3f',
      },
    ),
  ];
}

/** The ordinary alert with every text replaced by `text`. */
export function hostileAlert(text = HOSTILE): Alert {
  return makeAlert(
    { host: 'web-03' },
    {
      subject: text,
      title: `${text} opened port 4444`,
      why: text,
      next: text,
      facts: { path: text, list: [text] },
      who: {
        pid: 1,
        exe: text,
        comm: text,
        cmdline: text,
        user: text,
        uid: 33,
        parents: [text, text],
        unit: text,
        package: text,
        session: text,
        startedMs: NIGHT_MS,
      },
      source: { ip: text },
    },
  );
}
