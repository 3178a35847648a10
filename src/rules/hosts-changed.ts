/** A name leads somewhere else by /etc/hosts. See docs/rules/hosts-changed.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type NameRow, nameService } from '#sensors/name-service.ts';
import { aboutName, hijacked, isOwnAddress, servers, shownName } from './name-words.ts';

/** Whoever answers for these hands out programs, updates or the time, or decides whom others believe. */
const TRUSTED =
  /(?:^|\.)(?:debian\.org|ubuntu\.com|canonical\.com|redhat\.com|fedoraproject\.org|centos\.org|rockylinux\.org|almalinux\.org|suse\.com|opensuse\.org|archlinux\.org|alpinelinux\.org|kernel\.org|docker\.(?:com|io)|github(?:usercontent)?\.com|gitlab\.com|npmjs\.(?:com|org)|pypi\.org|pythonhosted\.org|rubygems\.org|crates\.io|golang\.org|google(?:apis)?\.com|microsoft\.com|amazonaws\.com|cloudflare\.com|letsencrypt\.org|clamav\.net|snapcraft\.io|ntp\.org|time\.[a-z.]+)$/;

export default defineRule<NameRow>({
  id: 'hosts-changed',
  doc: 'A name in /etc/hosts leads somewhere else than the baseline says.',
  on: 'name-service',
  table: nameService,
  attack: ['T1565.001'],
  types: ['added', 'removed', 'changed'],
  judge({ change, known, learning, replaced }) {
    const gone = change.type === 'removed';
    if (learning || known !== gone) return undefined;
    const row = gone ? change.before : change.after;
    if (row.kind === 'more hosts') return many(row, change.type === 'changed' ? change.before : replaced);
    if (row.kind !== 'host' || change.type === 'changed') return undefined;
    const before = gone ? undefined : replaced;
    const name = shownName(row.name);
    const was = before === undefined ? '' : `, before to ${shownName(before.value, 60)}`;
    return {
      ...aboutName(row, before),
      ...weightOf(row, gone),
      title: gone
        ? `${name} no longer leads to ${shownName(row.value, 60)} by /etc/hosts`
        : `${name} now leads to ${shownName(row.value, 60)}${was}`,
      why: whyOf(row, gone),
    };
  },
  samples: [
    { name: 'an archive leads elsewhere', judgement: { change: { type: 'added', after: hijacked } }, expect: 'high' },
    {
      name: 'an archive is cut off',
      judgement: { change: { type: 'added', after: { ...hijacked, value: '127.0.0.1' } } },
      expect: 'high',
    },
    {
      name: 'localhost leads elsewhere',
      judgement: { change: { type: 'added', after: { ...hijacked, name: 'localhost' } } },
      expect: 'high',
    },
    {
      name: 'any name',
      judgement: { change: { type: 'added', after: { ...hijacked, name: 'db.example.org' } } },
      expect: 'medium',
    },
    {
      name: 'a name is cut off',
      judgement: { change: { type: 'added', after: { ...hijacked, name: 'ads.example.org', value: '0.0.0.0' } } },
      expect: 'low',
    },
    {
      name: 'a line is gone',
      judgement: { change: { type: 'removed', before: hijacked }, known: true },
      expect: 'low',
    },
    {
      name: 'a long list changed',
      judgement: {
        change: { type: 'added', after: { ...hijacked, kind: 'more hosts', count: 9000 } },
        replaced: hijacked,
      },
      expect: 'low',
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: hijacked }, known: true }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: hijacked }, learning: true },
      expect: undefined,
    },
    { name: 'a resolver', judgement: { change: { type: 'added', after: servers } }, expect: undefined },
  ],
});

function weightOf(row: NameRow, gone: boolean): { readonly severity: Severity; readonly onlyAsPackaged: boolean } {
  const severity = gone ? 'low' : severityOf(row);
  return { severity, onlyAsPackaged: severity === 'high' };
}

function severityOf({ name, value }: NameRow): Severity {
  if (TRUSTED.test(name)) return 'high';
  if (isOwnAddress(value)) return 'low';
  return /^localhost$|^ip6-localhost$/.test(name) ? 'high' : 'medium';
}

function whyOf(row: NameRow, gone: boolean): string {
  if (gone) return 'Name servers are asked for it again.';
  if (isOwnAddress(row.value))
    return 'The name is cut off from this host: what is fetched from there, updates as well, no longer comes.';
  return '/etc/hosts comes before all name servers: every program on this host now talks to that address when it means this name.';
}

function many(row: NameRow, before: NameRow | undefined) {
  return {
    ...aboutName(row, before),
    severity: 'low' as const,
    title: `Among ${row.count} further names in /etc/hosts something changed`,
    why: 'A list this long is watched name by name for its first thousand names only; of the rest it is known that it changed.',
  };
}
