/** Every rule in code; one line each. Adding a rule changes no other code. */

import type { Rule } from '#model/sensor.ts';
import accountChanged from './account-changed.ts';
import accountGone from './account-gone.ts';
import accountNew from './account-new.ts';
import bindWidened from './bind-widened.ts';
import cmdlineChanged from './cmdline-changed.ts';
import executableAltered from './executable-altered.ts';
import executableDeleted from './executable-deleted.ts';
import executableInMemory from './executable-in-memory.ts';
import executableInOpenPlace from './executable-in-open-place.ts';
import groupChanged from './group-changed.ts';
import groupMemberNew from './group-member-new.ts';
import kernelSettingStrengthened from './kernel-setting-strengthened.ts';
import kernelSettingWeakened from './kernel-setting-weakened.ts';
import listenerGone from './listener-gone.ts';
import listenerReplaced from './listener-replaced.ts';
import lsmOff from './lsm-off.ts';
import moduleGone from './module-gone.ts';
import moduleHidden from './module-hidden.ts';
import moduleLoaded from './module-loaded.ts';
import newListener from './new-listener.ts';
import oddLine from './odd-line.ts';
import oddUnixSocket from './odd-unix-socket.ts';
import passwordChanged from './password-changed.ts';
import passwordEmpty from './password-empty.ts';
import secondOwner from './second-owner.ts';
import shortLivedListener from './short-lived-listener.ts';
import snifferOpened from './sniffer-opened.ts';
import subidOverlap from './subid-overlap.ts';
import taintNew from './taint-new.ts';
import uidZeroTwin from './uid-zero-twin.ts';

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
  accountChanged,
  accountGone,
  accountNew,
  groupChanged,
  groupMemberNew,
  oddLine,
  passwordChanged,
  passwordEmpty,
  subidOverlap,
  uidZeroTwin,
  kernelSettingWeakened,
  kernelSettingStrengthened,
  lsmOff,
  cmdlineChanged,
  taintNew,
  moduleLoaded,
  moduleGone,
  moduleHidden,
];
