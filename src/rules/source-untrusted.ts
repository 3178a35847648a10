/** Packages are installed without asking who made them. See docs/rules/source-untrusted.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageSourceRow, packageSources } from '#sensors/package-sources.ts';
import { aboutSource, foreignSource, sourceName } from './package-words.ts';

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
    const local = LOCAL.test(row.name);
    return {
      ...aboutSource(row),
      severity: local ? 'low' : 'high',
      dangerous: !local,
      title: `apt does not ask for signatures: ${shorten(visible(row.untrusted), 100)} in ${visible(row.path)}${row.kind === 'source' ? `, ${sourceName(row)}` : ''}`,
      why: 'Whoever stands between this host and the repository, or writes to it, becomes root here with the next upgrade.',
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
