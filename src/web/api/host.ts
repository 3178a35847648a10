/** The Host page: which tables there are, one table as text, and how well each check sees. */

import { shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import type { Status, TableInfo, Verbs } from '#model/verbs.ts';
import { ago } from '#views/time.ts';
import { fieldLabel } from '../label.ts';
import { cellText } from './alerts.ts';
import type { WebResult } from './asker.ts';
import { harmlessGap } from './harmless-gap.ts';
import type { CoverageView, HostView, TableView } from './shapes.ts';

/** Names of the tables with how many rows the last look had; 0 for those that are only looked up. */
export function hostView({ tables }: Verbs['tables']['result'], status: Status): HostView {
  const rows = new Map(status.sensors.map((sensor) => [sensor.table, sensor.rows]));
  return {
    tables: tables.map((table) => ({
      name: visible(table.name),
      title: titleOf(table.name),
      doc: visible(table.doc),
      rows: rows.get(table.name) ?? 0,
      watched: table.sensor !== '',
    })),
  };
}

/** "start-points" → "Start points". */
function titleOf(name: string): string {
  const words = visible(name).replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** One table: identity first, then what is compared, then details. */
export function tableView(
  info: TableInfo,
  answer: WebResult<'rows'>,
  when: { readonly nowMs: number; readonly zone: string },
): TableView {
  const rank = (name: string): number => (info.key.includes(name) ? 0 : info.compared.includes(name) ? 1 : 2);
  const names = Object.keys(info.columns).toSorted((a, b) => rank(a) - rank(b));
  const cell = (name: string, value: unknown): string => {
    const type = info.columns[name]?.[0];
    if (type === 'bool') return value === true ? 'yes' : '';
    if (type === 'time') return Number(value) === 0 ? '' : ago(Number(value), when.nowMs, when.zone);
    return value === undefined ? '' : cellText(value as never);
  };
  return {
    ...when,
    name: visible(info.name),
    title: titleOf(info.name),
    doc: visible(info.doc),
    watched: info.sensor !== '',
    columns: names.map((name) => ({
      name: visible(name),
      title: titleOf(fieldLabel(name)),
      doc: visible(info.columns[name]?.[1] ?? ''),
      rank: rank(name),
      number: info.columns[name]?.[0] === 'int',
    })),
    takenMs: answer.takenMs,
    by: visible(answer.by),
    total: answer.total,
    fresh: answer.fresh,
    of: answer.of,
    gaps: answer.gaps.map(harmlessGap),
    rows: answer.rows.map(({ row, mark, sinceMs }, index) => {
      const cells = Object.fromEntries(names.map((name) => [visible(name), cell(name, row[name])]));
      return { key: `${index}:${info.key.map((name) => cells[name] ?? '').join('|')}`, mark, sinceMs, cells };
    }),
  };
}

/** What each check sees, and when it could not. */
export function coverageView(
  status: Status,
  { spans, fromMs }: Verbs['coverage']['result'],
  zone: string,
): CoverageView {
  return {
    zone,
    nowMs: status.nowMs,
    fromMs,
    checks: status.sensors.map((sensor) => ({
      name: visible(sensor.name),
      words:
        sensor.lastLookMs === 0
          ? 'not looked yet'
          : `${plural(sensor.rows, 'row')}, looked ${ago(sensor.lastLookMs, status.nowMs, zone)} by ${visible(sensor.by)}${sensor.hears === '' ? '' : `, hears by ${visible(sensor.hears)}`}`,
      gaps: sensor.gaps.map(harmlessGap),
      failed: sensor.failed,
    })),
    spans: spans.map((span) => ({
      what: shorten(visible(span.what), 200),
      why: shorten(visible(span.why), 400),
      fromMs: span.fromMs,
      untilMs: span.untilMs,
    })),
  };
}
