/** One writer a state directory: a lock of the kernel, gone with its process however that ends. */

import { dirname } from 'node:path';
import { lockFile } from '#host/lock.ts';
import { isFailure } from '#model/host.ts';
import { VerbError } from '#model/verbs.ts';

/** Takes the lock or throws VerbError "LOCKED" that names the holder. */
export function takeLock(path: string): Disposable {
  const lock = lockFile(path);
  if (!isFailure(lock)) return lock;
  if (lock.error !== 'EAGAIN')
    throw new VerbError('NO_STORE', `Cannot take the lock "${path}": ${lock.error}. Look at it: ls -l ${path}`);
  const holder = lock.holderPid === 0 ? 'another process' : `process ${lock.holderPid}`;
  const next = lock.holderPid === 0 ? `fuser -v ${path}` : `ps -fp ${lock.holderPid}`;
  throw new VerbError(
    'LOCKED',
    `Cannot write to the state directory "${dirname(path)}": ${holder} holds it (a Telltale daemon that runs already?). Look: ${next}`,
  );
}
