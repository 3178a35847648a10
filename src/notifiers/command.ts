/** Hands incidents to a program of the administrator's: JSON on stdin. See docs/notifiers/command.md. */

import * as v from 'valibot';
import { harmlessJson } from '#lib/escape.ts';
import { defineNotifier, type Notice, type Words } from '#model/notifier.ts';
import { runProgram } from './bounded-program.ts';
import { durationSetting, lineSetting, pathSetting } from './setting-types.ts';

/** Between the time-out of a program and its certain end. */
const ENDING_MS = 5_000;

export default defineNotifier({
  name: 'command',
  doc: 'Runs a program for each incident, with the incident as JSON on its standard input.',
  kind: 'incidents',
  settings: v.strictObject({
    program: pathSetting,
    args: v.optional(v.pipe(v.array(lineSetting(4096)), v.maxLength(64)), []),
    timeout: v.optional(durationSetting(100, 600_000), '30 s'),
  }),
  secrets: [],
  async open({ words, settings }) {
    return {
      patienceMs: settings.timeout + ENDING_MS,
      send: (notice, signal) =>
        runProgram(
          {
            program: settings.program,
            args: settings.args,
            stdin: `${commandInput(notice, words)}\n`,
            timeoutMs: settings.timeout,
          },
          signal,
        ),
      async [Symbol.asyncDispose]() {},
    };
  },
});

/** The line of the alert file for the gravest alert, and beside it the words of a mail and all alerts of the incident. */
export function commandInput(notice: Notice, words: Words): string {
  const line = (of: Notice): unknown => JSON.parse(words.json(of));
  return harmlessJson({
    ...(line(notice) as Record<string, unknown>),
    subjectLine: words.subject(notice),
    text: words.text(notice),
    incidentCount: notice.incident.count,
    alerts: notice.alerts.map((alert) => line({ ...notice, alert })),
    others: (notice.others ?? []).map((alert) => line({ ...notice, alert })),
  });
}
