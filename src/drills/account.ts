/** Adds an account that cannot be used, for a moment. See docs/drills/account.md. */

import { appendedLine } from './appended-line.ts';

export default appendedLine({
  name: 'account',
  doc: 'Adds an account that cannot be used, for a moment.',
  rules: ['account-new', 'account-changed'],
  path: '/etc/passwd',
  line: 'telltale-rehearsal:!:65533:65533:A rehearsal of Telltale:/nonexistent:/usr/sbin/nologin',
});
