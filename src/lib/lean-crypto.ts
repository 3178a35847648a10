/** node:crypto for those who may not need it: loading it costs 6 ms of CPU (measured, Node 26), an eighth of a start. */

import type * as CryptoModule from 'node:crypto';

/** The same object as node:crypto, loaded when this is first called. */
export function crypto(): typeof CryptoModule {
  return process.getBuiltinModule('node:crypto');
}
