/** The words that channels send: every face says the same. */

import type { Notice, Words } from '#model/notifier.ts';
import { alertFileLine } from './alert-file.ts';
import { mailSubject, mailText } from './mail.ts';
import { mailHtml } from './mail-html.ts';

/** When a notice speaks: the last thing that happened in it, so that a notice told again says the same. */
function spokenMs(notice: Notice): number {
  return Math.max(notice.incident.lastMs, notice.alert.closedMs ?? 0, notice.alert.lastMs);
}

/**
 * Pure: the same notice gives the same words, whenever it is told; times are in this machine's zone. `command` is what
 * people type for this program.
 */
export function wordsFor(command: string): Words {
  return {
    subject: mailSubject,
    text: (notice) => mailText(notice, { nowMs: spokenMs(notice), record: true, command }),
    html: (notice) => mailHtml(notice, { nowMs: spokenMs(notice), record: true, command }),
    json: alertFileLine,
  };
}

/** Where PATH leads to it. */
export const words: Words = wordsFor('telltale');
