/** Gives root an SSH key that nobody has, for a moment. See docs/drills/ssh-key.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'ssh-key',
  doc: 'Gives root an SSH key that nobody has, for a moment.',
  rules: ['ssh-key-new'],
  path: '/root/.ssh/authorized_keys2',
  text: 'restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/o100cTfl5Yn2FTKkbLWSdPxWzVFyIC7yd5IOHykRY rehearsal of Telltale, nobody has the private key\n',
});
