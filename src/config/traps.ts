/** The settings of the traps: key `traps` of the settings file. */

import * as v from 'valibot';
import type { TrapSettings } from '#model/traps.ts';
import { section, wholeNumber, yesNo } from './fields.ts';

/** Key `traps`. */
export const trapsSchema = section({
  ports: v.pipe(
    v.optional(
      v.pipe(
        v.array(wholeNumber(1, 65_535), 'expected a list of ports'),
        v.maxLength(64, 'more than 64 ports'),
        v.check((ports) => new Set(ports).size === ports.length, 'a port stands there twice'),
      ),
      [],
    ),
    v.description(
      'TCP ports that are held open for scanners, where no service uses them; as [23, 2323]. None: no traps.',
    ),
  ),
  banner: v.pipe(
    v.optional(
      v.pipe(
        v.string((issue) => `expected the text to send, not ${issue.received} (write it in quotes)`),
        v.maxLength(400, 'the text is longer than 400 characters'),
        v.check((text) => !/(?![\r\n])\p{Cc}/u.test(text), 'the text holds control characters'),
      ),
      '',
    ),
    v.description('What whoever connects there gets to read.'),
  ),
  slow: v.pipe(
    v.optional(yesNo(), false),
    v.description('Whether traps are slow: a character each 10 s, and the connection is held for ten minutes.'),
  ),
});

/** As every part reads them. */
export function trapsOf(checked: v.InferOutput<typeof trapsSchema>): TrapSettings {
  return checked;
}
