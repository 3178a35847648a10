/** Lets a name that cannot exist lead to an address that nobody has, for a moment. See docs/drills/host-name.md. */

import { appendedLine } from './appended-line.ts';

export default appendedLine({
  name: 'host-name',
  doc: 'Lets a name that cannot exist lead to an address that nobody has, for a moment.',
  rules: ['hosts-changed'],
  path: '/etc/hosts',
  line: '192.0.2.1 telltale-rehearsal.invalid',
});
