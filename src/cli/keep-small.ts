/** Keeps the daemon's memory small: what was needed for the start only, or an hour ago, is let go. */

import { releaseOwnPages } from '#host/own-pages.ts';

const FIRST_MS = 10_000;
const AGAIN_MS = 600_000;

/** Until it is disposed of. A kernel that refuses costs memory and nothing else. */
export function keepSmall(): Disposable {
  let timer: NodeJS.Timeout;
  const release = (): void => {
    releaseOwnPages();
    timer = setTimeout(release, AGAIN_MS).unref();
  };
  timer = setTimeout(release, FIRST_MS).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
