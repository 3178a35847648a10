/** Every rule in code; one line each. Adding a rule changes no other code. */

import type { Rule } from '#model/sensor.ts';
import bindWidened from './bind-widened.ts';
import executableAltered from './executable-altered.ts';
import executableDeleted from './executable-deleted.ts';
import executableInMemory from './executable-in-memory.ts';
import executableInOpenPlace from './executable-in-open-place.ts';
import listenerGone from './listener-gone.ts';
import listenerReplaced from './listener-replaced.ts';
import newListener from './new-listener.ts';
import oddUnixSocket from './odd-unix-socket.ts';
import secondOwner from './second-owner.ts';
import shortLivedListener from './short-lived-listener.ts';
import snifferOpened from './sniffer-opened.ts';

export const rules: readonly Rule[] = [
  newListener,
  shortLivedListener,
  listenerGone,
  listenerReplaced,
  bindWidened,
  secondOwner,
  snifferOpened,
  executableAltered,
  executableDeleted,
  executableInMemory,
  executableInOpenPlace,
  oddUnixSocket,
];
