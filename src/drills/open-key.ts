/** Puts a private key where everyone may read it, for a moment. See docs/drills/open-key.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'open-key',
  doc: 'Puts a private key where everyone may read it, for a moment.',
  rules: ['private-key-open'],
  within: '/etc/ssl',
  path: '/etc/ssl/telltale-rehearsal.pem',
  mode: 0o644,
  text: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKUdYXE6lXRkkQZDUquZwy1se4leKo4u572YKVTGT/hv\n-----END PRIVATE KEY-----\n',
});
