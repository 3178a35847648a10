/** Answers verbs, for one asker: the only way in which terminal, control socket and page reach the watch. */

import { keyOf, type Row } from '#model/table.ts';
import { type Asker, type Desk, type MarkedRow, type Verb, VerbError, type Verbs } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import { compareNow, deleteBaseline, diff, generate, show } from './desk-baseline.ts';
import { findAlert } from './desk-find.ts';
import { QuietDesk } from './desk-quiet.ts';
import { WebDesk } from './desk-web.ts';
import { isOurs } from './explain.ts';
import type { Running } from './running.ts';
import type { SensorWatch } from './sensor-watch.ts';
import { changesOf, statusOf } from './status.ts';

const bucketMs = 5 * 60_000;
const buckets = 288;
const listedActivity = 500;
const listedChanges = 200;
/** Alerts of the same incident shown beside one. */
const shownOthers = 50;
/** A look younger than this answers a question about rows; the daemon looks anew for an older one. */
const freshMs = 1_000;

type Answers = { readonly [V in Verb]: (args: Verbs[V]['args']) => Verbs[V]['result'] | Promise<Verbs[V]['result']> };

/** The desk of one asker. */
export function makeDesk(running: Running, asker: Asker): Desk {
  const rowOf = (table: string, key: string): Row | undefined =>
    running.sensors.find((watch) => watch.sensor.table.name === table)?.state.seen.get(key)?.row;
  const quiet = new QuietDesk(running.ledger, asker, rowOf);
  const web = new WebDesk(running);
  const answers: Answers = {
    ...lookingAnswers(running),
    status: () => statusOf(running),
    changes: ({ all = false, sinceMs = 0, limit = listedChanges }) => ({
      changes: changesOf(running, { all, sinceMs, limit }),
    }),
    show: ({ id }) => showAlert(running, id),
    ack: (args) => quiet.ack(args),
    accept: async (args) => {
      await looked(running);
      return await quiet.accept(args);
    },
    mute: (args) => quiet.mute(args),
    unmute: (args) => quiet.unmute(args),
    quiets: (args) => quiet.quiets(args),
    'baseline.generate': (args) => generate(running, asker, args),
    'baseline.compare': () => compareNow(running),
    'baseline.delete': (args) => deleteBaseline(running, asker, args),
    'baseline.show': (args) => show(running, args),
    'baseline.diff': (args) => diff(running, args),
    verify: () => running.ledger.store.verify(running.signal),
    activity: () => activity(running),
    'web.link': () => web.link(),
    'web.redeem': (args) => web.redeem(args),
    'web.password.check': (args) => web.check(args),
    'web.password.set': (args) => web.set(args),
    follow: () => ({ following: true }),
  };
  return {
    async ask(verb, args) {
      if (!Object.hasOwn(answers, verb))
        throw new VerbError('UNKNOWN_VERB', `Cannot answer "${verb}": there is no such verb. See: telltale --help`);
      return await answers[verb](args);
    },
  };
}

function lookingAnswers(running: Running): Pick<Answers, 'rows' | 'check' | 'doctor'> {
  return {
    rows: (args) => rows(running, args),
    async check() {
      await lookNow(running);
      return {
        status: statusOf(running),
        changes: changesOf(running, { all: false, sinceMs: 0, limit: listedChanges }),
      };
    },
    async doctor() {
      await looked(running);
      return {
        senses: await running.ledger.parts.host.senses(),
        sensors: running.sensors.map((sensor) => sensor.status()),
      };
    },
  };
}

/** Every sensor looks now; one that fails is told as an alert and shown as blind. */
async function lookNow(running: Running): Promise<void> {
  await Promise.allSettled(running.sensors.map((sensor) => sensor.look(running.signal)));
}

/** Every sensor has looked at least once: a terminal without a daemon looks itself. */
async function looked(running: Running): Promise<void> {
  const late = running.sensors.filter((sensor) => !sensor.looked);
  await Promise.allSettled(late.map((sensor) => sensor.look(running.signal)));
}

async function rows(running: Running, args: Verbs['rows']['args']): Promise<Verbs['rows']['result']> {
  const { ledger, sensors, signal } = running;
  const { host, lookups = [] } = ledger.parts;
  const watch = sensors.find(({ sensor }) => sensor.table.name === args.table);
  if (watch !== undefined && args.connections !== true) return await watchedRows(running, watch);
  const wanted = args.connections === true ? 'connections' : args.table;
  const lookup = lookups.find(({ table }) => table.name === wanted);
  if (lookup === undefined) {
    const names = [...sensors.map(({ sensor }) => sensor.table.name), ...lookups.map(({ table }) => table.name)].join(
      ', ',
    );
    throw new VerbError('NO_TABLE', `Cannot show table "${wanted}": there is none of that name. There are: ${names}`);
  }
  const takenMs = host.clock.nowMs();
  const { rows: found, gaps, by } = await lookup.look(host, signal);
  const marked = found.map(
    (row): MarkedRow => ({ row, mark: isOurs(ledger.parts.host, row) ? 'ours' : 'known', sinceMs: 0 }),
  );
  return { rows: marked, gaps, by, takenMs };
}

async function watchedRows(running: Running, watch: SensorWatch): Promise<Verbs['rows']['result']> {
  const { ledger, signal } = running;
  const { table } = watch.sensor;
  const { look, takenMs } = await watch.recent(freshMs, signal);
  const marked = look.rows.map((row): MarkedRow => {
    const key = keyOf(row, table.key);
    const known = ledger.baseline.knows(table, key, row);
    const mark = isOurs(ledger.parts.host, row) ? 'ours' : known ? 'known' : 'new';
    return { row, mark, sinceMs: watch.state.seen.get(key)?.sinceMs ?? takenMs };
  });
  return { rows: marked, gaps: look.gaps, by: look.by, takenMs };
}

function showAlert(running: Running, id: string): Verbs['show']['result'] {
  const { ledger } = running;
  const alert = findAlert(ledger, id);
  const incident = ledger.incidents.get(alert.incident) ?? ledger.store.incident(alert.incident);
  if (incident === undefined)
    throw new VerbError('NOT_FOUND', `Cannot find the incident of alert "${id}". Check the record: telltale verify`);
  const others = ledger.store.alerts({ incident: alert.incident, limit: shownOthers + 1 });
  return {
    alert: plainAlert(alert),
    incident,
    others: others
      .filter((other) => other.id !== alert.id)
      .slice(0, shownOthers)
      .map(plainAlert),
    history: ledger.store.history(alert.id),
  };
}

function activity(running: Running): Verbs['activity']['result'] {
  const { store, parts } = running.ledger;
  const nowMs = parts.host.clock.nowMs();
  const fromMs = Math.floor(nowMs / bucketMs) * bucketMs - (buckets - 1) * bucketMs;
  const alerts = store.alerts({ sinceMs: fromMs, limit: listedActivity }).map(({ id, firstMs, finding }) => ({
    timeMs: firstMs,
    id,
    severity: finding.severity,
    title: finding.title,
  }));
  return { bucketMs, fromMs, events: store.activity(fromMs, bucketMs, buckets), alerts: alerts.toReversed() };
}
