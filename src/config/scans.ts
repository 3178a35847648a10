/** The settings of the watch for scans: key `scans` of the settings file. */

import * as v from 'valibot';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { Settings } from '#model/settings.ts';
import { absolutePath, choice, duration, line, section, yesNo } from './fields.ts';

const DAY_MS = 86_400_000;

const network = v.pipe(
  line('an address'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const read = parsePrefix(dataset.value);
    if (!isPrefix(read)) addIssue({ message: `"${dataset.value}" ${read.wrong}` });
  }),
);

/** Key `scans`. */
export const scansSchema = section({
  watch: v.pipe(v.optional(yesNo(), true), v.description('Whether port scans are watched for.')),
  ignore: v.pipe(
    v.optional(v.array(network, 'expected a list of addresses'), []),
    v.description('Addresses and networks that may scan this host in silence: your own scanner, your monitoring.'),
  ),
  sensitivity: v.pipe(
    v.optional(choice(['low', 'normal', 'high']), 'normal'),
    v.description(
      'How soon closed ports are called a scan: about five different ones (normal), ten (low) or three (high).',
    ),
  ),
  quiet: v.pipe(
    v.optional(duration(1_000, DAY_MS, '60 s'), '60 s'),
    v.description('A scan is over when nothing more came for this long.'),
  ),
  names: v.pipe(
    v.optional(yesNo(), true),
    v.description(
      'Whether the name servers of this host are asked for the names of scanners. Who runs the scanner may notice that somebody asked.',
    ),
  ),
  databases: v.pipe(
    v.optional(
      v.pipe(v.array(absolutePath('a database'), 'expected a list of files'), v.maxLength(4, 'more than 4 databases')),
      [],
    ),
    v.description(
      'Databases of yours that say who runs a network and in which country (.mmdb): telltale reads them, and asks nobody.',
    ),
  ),
});

/** As every part reads them. */
export function scansOf(checked: v.InferOutput<typeof scansSchema>): Settings['scans'] {
  const { watch, ignore, sensitivity, quiet, names, databases } = checked;
  return { watch, ignore, sensitivity, quietMs: quiet, names, databases };
}
