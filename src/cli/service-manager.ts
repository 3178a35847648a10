/** Tells systemd how the daemon is: sd_notify(3), without libsystemd. */

import { sendUnixDatagram } from '#host/datagram.ts';

/** Says `READY=1`, `STOPPING=1` … ; does nothing where nobody listens. */
export interface ServiceManager extends Disposable {
  say(state: string): void;
}

/** Reads NOTIFY_SOCKET and WATCHDOG_USEC; with a watchdog it says "alive" at half the time, from the main loop itself. */
export function openServiceManager(env: NodeJS.ProcessEnv, onTrouble: (words: string) => void): ServiceManager {
  const path = env['NOTIFY_SOCKET'];
  const say = (state: string): void => {
    if (path === undefined || path === '') return;
    const failure = sendUnixDatagram(path, state);
    if (failure !== undefined) onTrouble(`Cannot tell the service manager at "${path}": ${failure.error}`);
  };
  const watchdogUs = Number(env['WATCHDOG_USEC'] ?? 0);
  const forUs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid);
  const beats = path !== undefined && forUs && Number.isSafeInteger(watchdogUs) && watchdogUs > 0;
  const timer = beats ? setInterval(() => say('WATCHDOG=1'), Math.max(10, watchdogUs / 2000)).unref() : undefined;
  return { say, [Symbol.dispose]: () => clearInterval(timer) };
}
