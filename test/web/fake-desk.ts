/** A desk for the tests of the page: made-up data of an ordinary host on a bad night. Nothing here looks at a machine. */

import type { Alert, Severity } from '#model/finding.ts';
import { type Desk, type OpenChange, type Pushed, type Verb, VerbError, type Verbs } from '#model/verbs.ts';
import { type FakeAnswers, makeAnswers } from './fake-blocks.ts';
import { HOSTILE, makeActivity, makeChanges, makeConnections, makeQuiets, makeRows, socket } from './fake-data.ts';
import { fakeCoverage, fakeRows, fakeTables } from './fake-tables.ts';

export interface FakeDesk {
  readonly desk: Desk;
  follow(onPushed: (pushed: Pushed) => void): () => void;
  push(pushed: Pushed): void;
  /** What was asked, in order. */
  readonly asked: { readonly verb: Verb; readonly args: unknown }[];
  /** The password; "" while none is set. */
  password: string;
  /** Where the page is, for links; set after the launch. */
  address: string;
  /** Takes all alerts away. */
  clear(): void;
  /** The next questions fail. */
  failing: boolean;
  openListener(port: number): void;
  readonly changes: OpenChange[];
  /** Scans and blocks. */
  readonly answering: FakeAnswers;
}

/** A change of one alert. */
function alone(alert: Alert): OpenChange {
  const { incident: id, firstMs, lastMs, finding } = alert;
  const incident = {
    id,
    cause: `alert:${id}`,
    title: finding.title,
    state: 'open' as const,
    count: 1,
    firstMs,
    lastMs,
  };
  return { incident, alerts: [alert] };
}

/** Makes one; `nowMs` is the present of its data. */
export function makeFakeDesk(nowMs: number): FakeDesk {
  const followers = new Set<(pushed: Pushed) => void>();
  const links = new Set<string>();
  let wrong = 0;
  let redeemed = '';
  const fake: FakeDesk = {
    asked: [],
    password: '',
    address: '',
    failing: false,
    changes: makeChanges(nowMs),
    answering: makeAnswers(nowMs),
    desk: undefined as unknown as Desk,
    follow: (onPushed) => {
      followers.add(onPushed);
      return () => followers.delete(onPushed);
    },
    push: (pushed) => {
      for (const follower of followers) follower(pushed);
    },
    clear: () => {
      fake.changes.length = 0;
      for (const list of [fake.answering.scans, fake.answering.blocks, fake.answering.allowed]) list.length = 0;
    },
    openListener: (port) => {
      rows.unshift(socket({ port, address: '0.0.0.0', comm: 'ncat', exe: '/usr/bin/ncat', mark: 'new', nowMs }));
    },
  };
  const rows = makeRows(nowMs);
  const quiets = makeQuiets(nowMs);
  const alerts = (): readonly Alert[] => fake.changes.flatMap((change) => change.alerts);
  let before: { readonly ids: readonly string[]; readonly changes: readonly OpenChange[] } | undefined;
  const takenBack = (ids: readonly string[]): void => {
    if (before !== undefined && ids.some((id) => before?.ids.includes(id)))
      fake.changes.splice(0, fake.changes.length, ...before.changes);
  };
  const settle = (ids: readonly string[], state: Alert['state']): readonly Alert[] => {
    before = { ids, changes: [...fake.changes] };
    const touched = alerts().filter((alert) => ids.includes(alert.id));
    for (const [index, change] of fake.changes.entries()) {
      const left = state === 'open' ? change.alerts : change.alerts.filter((alert) => !ids.includes(alert.id));
      fake.changes[index] = { ...change, alerts: left, incident: { ...change.incident, count: left.length } };
    }
    const kept = fake.changes.filter((change) => change.alerts.length > 0);
    fake.changes.splice(0, fake.changes.length, ...kept);
    return touched;
  };
  const count = (severities: readonly Severity[]): number =>
    alerts().filter((alert) => severities.includes(alert.finding.severity)).length;
  const quieting = (
    args: { ids: readonly string[]; dryRun?: boolean },
    state: Alert['state'],
  ): Verbs['accept']['result'] => {
    const dryRun = args.dryRun === true;
    const touched = dryRun ? alerts().filter((alert) => args.ids.includes(alert.id)) : settle(args.ids, state);
    const titles = ['nc opened port 4445 to every address', `python3 opened port 8000 ${HOSTILE}`];
    return { alerts: touched, alsoQuiets: { count: 14, titles }, dryRun };
  };
  const answers: { readonly [V in Verb]?: (args: Verbs[V]['args']) => Verbs[V]['result'] } = {
    status: () => ({
      host: 'web-03',
      version: '0.1.0',
      nowMs,
      startedMs: nowMs - 41 * 86_400_000,
      watching: true,
      baseline: { version: 14, madeMs: nowMs - 18 * 86_400_000, rows: 1418 },
      facts: 1418,
      checkedMs: nowMs - 4000,
      open: { act: count(['critical', 'high']), watch: count(['medium']), note: count(['low', 'info']) },
      quieted: quiets.filter((quiet) => quiet.endedMs === 0).length,
      explained24h: 3,
      sensors: [
        {
          name: 'sockets',
          table: 'sockets',
          lastLookMs: nowMs - 4000,
          failed: false,
          rows: rows.length,
          by: 'sock_diag',
          hears: 'tracefs',
          lost: 0,
          gaps: [],
        },
      ],
      blind: [
        {
          what: 'eBPF',
          why: 'the kernel was built without BTF',
          next: 'short-lived UDP listeners stay unseen; a kernel with CONFIG_DEBUG_INFO_BTF tells them',
        },
        { what: 'namespace web-1', why: 'EACCES on /proc/4120/ns/net' },
      ],
      channels: [
        { name: 'file', waiting: 0, deliveredMs: nowMs - 25 * 60_000, failing: '' },
        {
          name: 'mail',
          waiting: 2,
          deliveredMs: nowMs - 26 * 60 * 60_000,
          failing: '451 4.7.1 greylisted, come back in 5 minutes',
        },
      ],
      chain: { records: 884_210, sinceMs: nowMs - 18 * 86_400_000, head: '7f3a9c1e55d0b2aa' },
      web: fake.address,
    }),
    changes: () => ({ changes: fake.changes }),
    show: ({ id }) => {
      const scanned = fake.answering.scans.map((scan) => scan.alert);
      const alert = [...alerts(), ...scanned].find((one) => one.id.startsWith(id));
      const change = [...fake.changes, ...scanned.map(alone)].find((one) =>
        one.alerts.some((other) => other.id === alert?.id),
      );
      if (alert === undefined || change === undefined) {
        throw new VerbError('NO-ALERT', `There is no alert "${id}". Next: telltale changes --all`);
      }
      return {
        alert,
        incident: change.incident,
        others: change.alerts.filter((other) => other.id !== alert.id),
        history: [
          { timeMs: alert.firstMs, words: 'opened: heard by tracefs, 11 ms after listen()' },
          { timeMs: alert.firstMs + 800, words: 'seen again by the snapshot: still there, same process' },
          { timeMs: alert.firstMs + 4000, words: 'told on channel "file"' },
        ],
      };
    },
    ack: (args) => quieting({ ids: args.ids }, 'acknowledged'),
    accept: (args) => quieting(args, 'accepted'),
    mute: (args) => quieting(args, 'muted'),
    unmute: ({ ids }) => {
      for (const [index, quiet] of quiets.entries())
        if (ids.includes(quiet.id)) quiets[index] = { ...quiet, endedMs: nowMs };
      takenBack(ids);
      return { alerts: [], alsoQuiets: { count: 0, titles: [] }, dryRun: false };
    },
    quiets: () => ({ quiets }),
    rows: ({ table, connections }) =>
      table === 'sockets'
        ? {
            rows: connections === true ? [...rows, ...makeConnections(nowMs)] : rows,
            gaps: [{ what: 'namespace web-1', why: 'EACCES on /proc/4120/ns/net' }],
            by: 'sock_diag',
            takenMs: nowMs - 4000,
          }
        : fakeRows(table, nowMs),
    tables: () => ({ tables: fakeTables }),
    ...fake.answering.answers,
    coverage: () => fakeCoverage(nowMs),
    activity: () => makeActivity(nowMs, alerts()),
    'web.link': () => {
      const token = `link-${links.size}-0123456789`;
      links.add(token);
      return { url: `${fake.address}/#k=${token}`, untilMs: nowMs + 600_000 };
    },
    'web.redeem': ({ token }) => {
      const ok = links.has(token) && token !== redeemed;
      if (ok) redeemed = token;
      return { ok, passwordSet: fake.password !== '' };
    },
    'web.password.check': ({ password }) => {
      const ok = fake.password !== '' && password === fake.password;
      wrong = ok ? 0 : wrong + 1;
      return { ok, waitMs: wrong > 2 ? 5000 : 0 };
    },
    'web.password.set': ({ password }) => {
      fake.password = password;
      return { ok: true };
    },
  };
  const plain = {
    ask: async (verb: Verb, args: never) => {
      const answer = answers[verb] as ((args: never) => unknown) | undefined;
      if (fake.failing) throw new Error('the disk is on fire');
      if (answer === undefined) throw new VerbError('NOT-ALLOWED', `"${verb}" is not asked here`);
      return await Promise.resolve(answer(args));
    },
  } as Desk;
  Object.assign(fake, {
    desk: {
      ask: async (verb: Verb, args: never) => {
        fake.asked.push({ verb, args });
        return await plain.ask(verb, args);
      },
    },
  });
  return fake;
}
