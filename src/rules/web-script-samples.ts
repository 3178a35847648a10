/** Rows for the samples of rules on web scripts. */

import type { WebScriptRow } from '#sensors/web-scripts.ts';

/** Uploaded through a hole in an application. */
export const shellScript: WebScriptRow = {
  path: '/var/www/html/uploads/x.php',
  language: 'PHP',
  owner: 'www-data',
  mode: '0644',
  webOwned: true,
  changedMs: 1_763_000_000_000,
  sizeBytes: 34,
  tricks: ['system of what the visitor sends'],
  root: '/var/www',
};

/** Put there by an administrator. */
export const page: WebScriptRow = {
  ...shellScript,
  path: '/var/www/html/index.php',
  owner: 'root',
  webOwned: false,
  tricks: [],
};
