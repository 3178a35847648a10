/** Settings of the notifier `mail`. */

import * as v from 'valibot';
import { durationSetting, lineSetting, pathSetting } from './setting-types.ts';

/** Loopback needs no encryption: whoever reads it there is root already. */
export function isLoopback(server: string): boolean {
  return server === 'localhost' || server === '::1' || /^127\.\d+\.\d+\.\d+$/.test(server);
}

const address = v.pipe(
  lineSetting(320),
  v.check(
    (text) => !text.startsWith('-') && !/[<>,;"\\\s]/.test(text),
    'must be one mail address, such as root@example.org',
  ),
);

export const mailSettings = v.pipe(
  v.strictObject({
    to: v.union(
      [v.pipe(v.array(address), v.minLength(1), v.maxLength(50)), address],
      'must be an address or a list of them',
    ),
    from: v.optional(address),
    server: v.optional(
      v.pipe(
        lineSetting(253),
        v.regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address; the port has its own setting'),
      ),
    ),
    port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
    security: v.optional(v.picklist(['starttls', 'tls', 'none'], 'must be starttls, tls or none'), 'starttls'),
    user: v.optional(lineSetting(320)),
    passwordFile: v.optional(pathSetting),
    caFile: v.optional(pathSetting),
    subject: v.optional(lineSetting(200)),
    timeout: v.optional(durationSetting(1000, 300_000), '30 s'),
    sendmail: v.optional(pathSetting, '/usr/sbin/sendmail'),
  }),
  v.check(
    ({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined),
    '"user" and "passwordFile" belong together: give both or none',
  ),
  v.check(
    ({ server, port, user, caFile }) =>
      server !== undefined || (port === undefined && user === undefined && caFile === undefined),
    '"port", "user" and "caFile" need a "server"; without one the local sendmail is used',
  ),
  v.check(
    ({ security, user, server }) => security !== 'none' || user === undefined || isLoopback(server ?? ''),
    'a password is not sent without encryption: set "security" to starttls or tls',
  ),
);

export type MailSettings = v.InferOutput<typeof mailSettings>;

/** Recipients as a list, each once. */
export function recipientsOf(settings: MailSettings): readonly string[] {
  return [...new Set(typeof settings.to === 'string' ? [settings.to] : settings.to)];
}
