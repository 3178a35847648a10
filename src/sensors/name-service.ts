/** Watches where names of hosts lead, and who is asked: see docs/sensors/name-service.md. */

import { createHash } from 'node:crypto';
import { type ParsedConfig, parseConfig } from '#formats/config-lines.ts';
import { type HostsLine, parseHosts, parseResolvConf, type ResolvLine } from '#formats/resolver.ts';
import type { Host } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { type OddFile, oddOf } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { follow, type HostFile, readText, valueOf } from './host-file.ts';
import { NSSWITCH, readNsswitch } from './name-switch.ts';

export const nameService = defineTable({
  name: 'name-service',
  doc: 'Where names of hosts lead by file, which servers are asked, and which sources in which order.',
  slot: ['kind', 'name'],
  file: 'file',
  columns: {
    kind: ['text', 'host, more hosts, resolver, sources, or setting (of host.conf and gai.conf)', 'identity'],
    name: ['text', 'Name of the host; keyword, database or file', 'identity'],
    value: ['text', 'Address; servers, domains or sources in order; line of the setting', 'identity'],
    count: ['int', 'Of "more hosts": how many lines are only watched together', 'compared'],
    file: ['text', 'File that it stands in, links followed'],
    line: ['int', 'Line in that file'],
  },
});

/** A row of `name-service`. */
export type NameRow = NonNullable<(typeof nameService)['row']>;

const HOSTS = '/etc/hosts';
const RESOLV = '/etc/resolv.conf';
const SETTINGS = ['/etc/host.conf', '/etc/gai.conf'];
/** Lists of advertisers have a hundred thousand lines: those beyond are one row with a digest. */
const MAX_NAMES = 1000;
/** resolv.h, MAXNS: servers that are asked. */
const MAX_SERVERS = 3;

export default defineSensor<NameRow>({
  name: 'name-service',
  doc: 'Reads hosts, resolv.conf, nsswitch.conf, host.conf and gai.conf.',
  everyMs: 60_000,
  table: nameService,
  look(host) {
    const gaps: Gap[] = [];
    const rows = [...hostRows(host, gaps), ...resolverRows(host, gaps), ...sourceRows(host, gaps)];
    for (const path of SETTINGS) {
      const file = readText(host, path, parseSettings);
      for (const { line, text } of valueOf(file, gaps)?.rows ?? [])
        rows.push({ kind: 'setting', name: path, value: text, count: 0, file: file.path, line });
    }
    return Promise.resolve({ rows, gaps, by: HOSTS });
  },
});

export const nameServiceListener = hearFiles({
  name: 'name-service',
  doc: 'Hears of changes of hosts, resolv.conf, nsswitch.conf, host.conf and gai.conf.',
  table: 'name-service',
  paths(host) {
    // resolv.conf is often a link to what a service writes.
    const real = follow(host, RESOLV);
    return [HOSTS, RESOLV, NSSWITCH, ...SETTINGS, ...('error' in real ? [] : [real.path])];
  },
});

/** Odd lines of all these files. */
export function oddNameLines(host: Host): readonly OddFile[] {
  return [
    oddOf(HOSTS, readText(host, HOSTS, parseHosts)),
    oddOf(RESOLV, readText(host, RESOLV, parseResolvConf)),
    oddOf(NSSWITCH, readNsswitch(host)),
  ];
}

function hostRows(host: Host, gaps: Gap[]): NameRow[] {
  const file = readText(host, HOSTS, parseHosts);
  const rows: NameRow[] = [];
  const seen = new Set<string>();
  const rest = createHash('sha256');
  let more = 0;
  for (const { address, names, line } of linesOf(file, gaps))
    for (const name of names) {
      const key = `${name} ${address}`;
      if (seen.has(key)) continue;
      if (seen.size < MAX_NAMES) {
        seen.add(key);
        rows.push({ kind: 'host', name, value: address, count: 0, file: file.path, line });
      } else {
        more += 1;
        rest.update(`${key}\n`);
      }
    }
  if (more > 0) {
    const value = rest.digest('hex').slice(0, 16);
    rows.push({ kind: 'more hosts', name: HOSTS, value, count: more, file: file.path, line: 0 });
  }
  return rows;
}

function linesOf(file: HostFile<ParsedConfig<HostsLine>>, gaps: Gap[]): readonly HostsLine[] {
  return valueOf(file, gaps)?.rows ?? [];
}

/** Servers add up to three; of search and domain the last line counts; options add up. */
function resolverRows(host: Host, gaps: Gap[]): NameRow[] {
  const file = readText(host, RESOLV, parseResolvConf);
  const lines = valueOf(file, gaps)?.rows ?? [];
  const of = (...keywords: string[]): readonly ResolvLine[] =>
    lines.filter(({ keyword }) => keywords.includes(keyword));
  const rows: NameRow[] = [];
  const add = (name: string, from: readonly ResolvLine[], values: readonly string[]): void => {
    const first = from[0];
    if (first !== undefined)
      rows.push({ kind: 'resolver', name, value: values.join(', '), count: 0, file: file.path, line: first.line });
  };
  const servers = of('nameserver').slice(0, MAX_SERVERS);
  add(
    'servers',
    servers,
    servers.map(({ values }) => values[0] ?? ''),
  );
  const search = of('search', 'domain').slice(-1);
  add('search', search, search[0]?.values ?? []);
  for (const keyword of ['options', 'sortlist']) {
    const from = of(keyword);
    add(
      keyword,
      from,
      from.flatMap(({ values }) => values),
    );
  }
  return rows;
}

function sourceRows(host: Host, gaps: Gap[]): NameRow[] {
  const file = readNsswitch(host);
  const last = new Map<string, NameRow>();
  for (const { database, sources, line } of valueOf(file, gaps)?.rows ?? [])
    last.set(database, { kind: 'sources', name: database, value: sources.join(' '), count: 0, file: file.path, line });
  return [...last.values()];
}

function parseSettings(text: string): ParsedConfig<{ readonly line: number; readonly text: string }> {
  return parseConfig(text, (raw, line) => {
    const content = raw.replace(/#.*$/, '').trim().replaceAll(/\s+/g, ' ');
    return content === '' ? {} : { row: { line, text: content.slice(0, 300) } };
  });
}
