/** Packages are installed without asking who made them. See docs/rules/source-untrusted.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageSourceRow, packageSources } from '#sensors/package-sources.ts';
import { aboutSource, foreignSource, sourceName } from './package-words.ts';

/** Signatures are asked for, but lists of last year are good enough: made for archives that do not change. */
const OLD = /check-valid-until/i;
const LOCAL = /\s(?:file|copy|cdrom):/;

export default defineRule<PackageSourceRow>({
  id: 'source-untrusted',
  doc: 'A repository or a setting of apt switches the check of signatures off.',
  on: 'package-sources',
  table: packageSources,
  attack: ['T1195.002', 'T1553.004'],
  types: ['added', 'changed'],
  judge({ change }) {
    if (change.type === 'removed') return undefined;
    const row = change.after;
    if (row.untrusted === '' || !row.enabled) return undefined;
    if (change.type === 'changed' && change.before.untrusted === row.untrusted && change.before.enabled)
      return undefined;
    const mild = LOCAL.test(row.name) || OLD.test(row.name);
    return {
      ...aboutSource(row),
      severity: mild ? 'low' : 'high',
      dangerous: !mild,
      title: `apt does not check ${OLD.test(row.name) ? 'how old its lists are' : 'who made its packages'}: ${shorten(visible(row.untrusted), 100)} in ${visible(row.path)}${row.kind === 'source' ? `, ${sourceName(row)}` : ''}`,
      why: OLD.test(row.name)
        ? 'Whoever stands between this host and the repository may hide newer versions, and with them the holes that they mend.'
        : 'Whoever stands between this host and the repository, or writes to it, becomes root here with the next upgrade.',
    };
  },
  samples: [
    {
      name: 'trusted=yes',
      judgement: { change: { type: 'added', after: { ...foreignSource, untrusted: 'trusted=yes' } } },
      expect: 'high',
    },
    {
      name: 'in the first look as well',
      judgement: { change: { type: 'added', after: { ...foreignSource, untrusted: 'trusted=yes' } }, learning: true },
      expect: 'high',
    },
    {
      name: 'a folder of this host',
      judgement: {
        change: {
          type: 'added',
          after: { ...foreignSource, name: 'deb file:/srv/repo stable main', untrusted: 'trusted=yes' },
        },
      },
      expect: 'low',
    },
    {
      name: 'lists of any age',
      judgement: {
        change: {
          type: 'added',
          after: { ...foreignSource, kind: 'setting', name: 'Acquire::Check-Valid-Until', untrusted: 'it is "false"' },
        },
      },
      expect: 'low',
    },
    {
      name: 'switched off',
      judgement: { change: { type: 'added', after: { ...foreignSource, enabled: false, untrusted: 'trusted=yes' } } },
      expect: undefined,
    },
    {
      name: 'an ordinary repository',
      judgement: { change: { type: 'added', after: foreignSource } },
      expect: undefined,
    },
  ],
});
