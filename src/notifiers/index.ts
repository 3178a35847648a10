/** All notifiers, one line each. */

import type { Notifier } from '#model/notifier.ts';
import attackalert from './attackalert.ts';
import command from './command.ts';
import file from './file.ts';
import mail from './mail.ts';

export { type Letter, sendLetter } from './letter.ts';
export type { MailSettings } from './mail-settings.ts';
export { testNotice } from './test-notice.ts';

export const notifiers: readonly Notifier[] = [attackalert, command, file, mail];
