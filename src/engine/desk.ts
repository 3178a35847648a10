/** Answers verbs, for one asker: the only way in which terminal, control socket and page reach the watch. */

import type { Row } from '#model/table.ts';
import { type Asker, type Desk, type Verb, VerbError, type Verbs } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import { coverage } from './coverage.ts';
import { AnswerDesk } from './desk-answers.ts';
import { compareNow, deleteBaseline, diff, generate, show } from './desk-baseline.ts';
import { findAlert } from './desk-find.ts';
import { check, doctor, looked, rows, tables } from './desk-look.ts';
import { QuietDesk } from './desk-quiet.ts';
import { scansOf } from './desk-scans.ts';
import { WebDesk } from './desk-web.ts';
import { maintenance } from './maintenance.ts';
import type { Running } from './running.ts';
import { changesOf, statusOf } from './status.ts';

const bucketMs = 5 * 60_000;
const buckets = 288;
const listedActivity = 500;
const listedChanges = 200;
/** Alerts of the same incident shown beside one. */
const shownOthers = 50;

type Answers = { readonly [V in Verb]: (args: Verbs[V]['args']) => Verbs[V]['result'] | Promise<Verbs[V]['result']> };

/** The desk of one asker. */
export function makeDesk(running: Running, asker: Asker): Desk {
  const rowOf = (table: string, key: string): Row | undefined =>
    running.sensors.find((watch) => watch.sensor.table.name === table)?.state.seen.get(key)?.row;
  const quiet = new QuietDesk(running.ledger, asker, rowOf);
  const web = new WebDesk(running);
  const answer = new AnswerDesk(running, asker);
  const answers: Answers = {
    rows: (args) => rows(running, args),
    tables: () => tables(running),
    check: (args) => check(running, args),
    maintenance: (args) => maintenance(running.ledger, asker, args),
    coverage: (args) => coverage(running, args),
    doctor: () => doctor(running),
    status: () => statusOf(running),
    changes: ({ all = false, sinceMs = 0, limit = listedChanges, each }) => ({
      changes: changesOf(running, { all, sinceMs, limit, ...(each !== undefined && { each }) }),
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
    scans: (args) => scansOf(running, args),
    blocks: (args) => answer.blocks(args),
    'blocks.never': () => answer.never(),
    block: (args) => answer.block(args),
    unblock: (args) => answer.unblock(args),
    allow: (args) => answer.allow(args),
    'block.try': (args) => answer.try(args),
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
  const alerts = store.alerts({ sinceMs: fromMs, limit: listedActivity }).map(({ id, firstMs, finding, ...alert }) => ({
    timeMs: firstMs,
    id,
    severity: finding.severity,
    title: finding.title,
    settled: alert.explainedBy !== undefined || alert.state === 'accepted',
  }));
  return { bucketMs, fromMs, events: store.activity(fromMs, bucketMs, buckets), alerts: alerts.toReversed() };
}
