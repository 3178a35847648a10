/** The verbs that look: rows of a table, a check of all or some, and what the senses are like. */

import { didYouMean } from '#lib/closest.ts';
import type { Alert } from '#model/finding.ts';
import { blindOf, distinctGaps } from '#model/gap.ts';
import { keyOf } from '#model/table.ts';
import { type MarkedRow, type OpenChange, type Status, type TableInfo, VerbError, type Verbs } from '#model/verbs.ts';
import { isOurs } from './explain.ts';
import { learnedValue, markOf } from './marks.ts';
import type { Running } from './running.ts';
import type { SensorWatch } from './sensor-watch.ts';
import { changesOf, openOf, statusOf } from './status.ts';

/** A look younger than this answers a question about rows; the daemon looks anew for an older one. */
const freshMs = 1_000;
const listedChanges = 200;

/** Every sensor has looked at least once: a terminal without a daemon looks itself. */
export async function looked(running: Running): Promise<void> {
  const late = running.sensors.filter((sensor) => !sensor.looked);
  const looks = (): Promise<unknown> => Promise.allSettled(late.map((sensor) => sensor.look(running.signal)));
  await running.ledger.lessons.together(looks);
}

/** `tables`: what can be shown. */
export function tables({ sensors, ledger }: Running): Verbs['tables']['result'] {
  const watched = sensors.map(({ sensor }): TableInfo => {
    const { name, doc, key, compared, columns } = sensor.table;
    return { name, doc, key, compared, columns, sensor: sensor.name, everyMs: sensor.everyMs };
  });
  const asked = (ledger.parts.lookups ?? []).map(({ table }): TableInfo => {
    const { name, doc, key, compared, columns } = table;
    return { name, doc, key, compared, columns, sensor: '', everyMs: 0 };
  });
  return { tables: [...watched, ...asked] };
}

/** `check`: every sensor, or those that are named, look now; one that fails is told as an alert and shown as blind. */
export async function check(running: Running, args: Verbs['check']['args']): Promise<Verbs['check']['result']> {
  const chosen = args.names === undefined || args.names.length === 0 ? undefined : sensorsCalled(running, args.names);
  const looking = chosen ?? running.sensors;
  const looks = (): Promise<unknown> =>
    Promise.allSettled(looking.map((sensor) => sensor.look(running.signal, args.limitMs)));
  await running.ledger.lessons.together(looks);
  const status = statusOf(running);
  const changes = changesOf(running, { all: false, sinceMs: 0, limit: listedChanges });
  return chosen === undefined ? { status, changes } : about(running, chosen, { status, changes });
}

function sensorsCalled(running: Running, names: readonly string[]): readonly SensorWatch[] {
  return names.map((name) => {
    const found = running.sensors.find(({ sensor }) => sensor.name === name || sensor.table.name === name);
    if (found !== undefined) return found;
    const known = running.sensors.map(({ sensor }) => sensor.name);
    const words = `Cannot check "${name.slice(0, 60)}": there is no such check${didYouMean(name, known)}`;
    throw new VerbError('USAGE', `${words}. See what there is: telltale check --list`);
  });
}

/** Only what the chosen sensors see: others' alerts and blind spots are not their answer. */
function about(
  running: Running,
  chosen: readonly SensorWatch[],
  { status, changes }: Verbs['check']['result'],
): Verbs['check']['result'] {
  const names = new Set(chosen.map(({ sensor }) => sensor.table.name));
  const sensors = chosen.map((sensor) => sensor.status());
  const subjects = new Set(chosen.map(({ sensor }) => sensor.name));
  const isTheirs = (alert: Alert): boolean =>
    names.has(alert.table) || (alert.table === '' && subjects.has(alert.finding.subject));
  const theirs = changes.flatMap((change): OpenChange[] => {
    const alerts = change.alerts.filter(isTheirs);
    return alerts.length === 0 ? [] : [{ ...change, alerts }];
  });
  const narrowed: Status = {
    ...status,
    ...openOf([...running.ledger.alerts.open()].filter(isTheirs)),
    sensors,
    facts: sensors.reduce((sum, sensor) => sum + sensor.rows, 0),
    blind: distinctGaps(sensors.flatMap(({ gaps }) => blindOf(gaps))),
  };
  return { status: narrowed, changes: theirs };
}

/** `doctor`: how well each sense and sensor sees. */
export async function doctor(running: Running): Promise<Verbs['doctor']['result']> {
  await looked(running);
  return {
    senses: await running.ledger.parts.host.senses(),
    sensors: running.sensors.map((sensor) => sensor.status()),
  };
}

/** `rows`: a table as it stands now, marked against the baseline. */
export async function rows(running: Running, args: Verbs['rows']['args']): Promise<Verbs['rows']['result']> {
  const { ledger, sensors, signal } = running;
  const { host, lookups = [] } = ledger.parts;
  const watch = sensors.find(({ sensor }) => sensor.table.name === args.table);
  if (watch !== undefined && args.connections !== true) return await watchedRows(running, watch);
  const wanted = args.connections === true ? 'connections' : args.table;
  const lookup = lookups.find(({ table }) => table.name === wanted);
  if (lookup === undefined) {
    const names = tables(running).tables.map(({ name }) => name);
    throw new VerbError(
      'NO_TABLE',
      `Cannot show table "${wanted.slice(0, 60)}": there is none of that name${didYouMean(wanted, names)}. There are: ${names.join(', ')}`,
    );
  }
  const takenMs = host.clock.nowMs();
  const { rows: found, gaps, by } = await lookup.look(host, signal);
  const marked = found.map((row): MarkedRow => ({ row, mark: isOurs(host, row) ? 'ours' : 'known', sinceMs: 0 }));
  return { rows: marked, gaps, by, takenMs };
}

async function watchedRows(running: Running, watch: SensorWatch): Promise<Verbs['rows']['result']> {
  const { ledger, signal } = running;
  const { table } = watch.sensor;
  const { look, takenMs } = await watch.recent(freshMs, signal);
  const { baseline, store, alerts } = ledger;
  const learned = baseline.version !== undefined && store.value(learnedValue(table.name)) !== undefined;
  const isAlerted = (key: string): boolean => alerts.ofRow(table.name, key).length > 0;
  const marks = { host: ledger.parts.host, table, baseline, learned, alerts: isAlerted };
  const marked = look.rows.map((row): MarkedRow => {
    const key = keyOf(row, table.key);
    return { row, mark: markOf(marks, row, key), sinceMs: watch.state.seen.get(key)?.sinceMs ?? takenMs };
  });
  return { rows: marked, gaps: look.gaps, by: look.by, takenMs };
}
