/** A program was given capabilities. See docs/rules/capability-new.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { powersOf } from './capability-words.ts';
import { aboutFile, oddFile, plainFile, shownPath } from './file-words.ts';

/** Each of these is a way to all the others; capabilities(7). */
const AS_ROOT =
  /cap_(?:setuid|setgid|setpcap|setfcap|sys_admin|sys_module|sys_ptrace|sys_rawio|dac_override|dac_read_search|chown|fowner|mknod|bpf|sys_chroot|mac_admin)\b|unreadable/;

export default defineRule<FileRow>({
  id: 'capability-new',
  doc: 'A file has capabilities that it did not have before.',
  on: 'files',
  table: files,
  attack: ['T1548.001'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known) return undefined;
    const { after } = change;
    const before = change.type === 'changed' ? change.before.capabilities : '';
    if (after.capabilities === '' || after.capabilities === before) return undefined;
    const full = AS_ROOT.test(after.capabilities);
    const about = aboutFile(after);
    return {
      ...about,
      severity: full ? 'high' : 'medium',
      title: `Whoever runs ${shownPath(after.path)} may now ${powersOf(after.capabilities)} (${visible(after.capabilities)})`,
      why: full
        ? 'Whoever runs it has a part of root’s rights that is a way to all of them, and ls does not show it.'
        : 'Whoever runs it has a part of root’s rights, and ls does not show it.',
      next: `getcap -- ${shellQuote(after.path)}; dpkg -S ${shellQuote(after.path)}`,
      facts: { ...about.facts, capabilities: after.capabilities, ...(before !== '' && { capabilitiesBefore: before }) },
      onlyAsPackaged: true,
      dangerous: full && /^\/(?:tmp|var\/tmp|dev\/shm|run|home)\//.test(after.path),
    };
  },
  samples: [
    {
      name: 'an interpreter may become anybody',
      judgement: {
        change: {
          type: 'added',
          after: oddFile('/usr/bin/python3.11', ['capabilities'], { capabilities: 'cap_setuid=ep' }),
        },
      },
      expect: 'high',
    },
    {
      name: 'ping',
      judgement: {
        change: {
          type: 'added',
          after: oddFile('/usr/bin/ping', ['capabilities'], { capabilities: 'cap_net_raw=ep' }),
        },
      },
      expect: 'medium',
    },
    { name: 'none', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
  ],
});
