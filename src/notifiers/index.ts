/** All notifiers, one line each. */

import type { Notifier } from '#model/notifier.ts';
import command from './command.ts';
import file from './file.ts';
import mail from './mail.ts';

export { testNotice } from './test-notice.ts';

export const notifiers: readonly Notifier[] = [command, file, mail];
