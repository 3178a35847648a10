/** Cuts long work on the main loop into slices, so that everything else gets its turn. */

/** `due` says that this slice has lasted long enough; then `await pause()` lets the loop turn once. */
export interface Slicer {
  due(): boolean;
  pause(): Promise<void>;
}

/** Slices of about `sliceMs`; the clock is looked at on each `every`th question only. */
export function makeSlicer(sliceMs = 5, every = 32): Slicer {
  let until = performance.now() + sliceMs;
  let asked = 0;
  return {
    due() {
      asked += 1;
      return asked % every === 0 && performance.now() >= until;
    },
    pause: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          until = performance.now() + sliceMs;
          resolve();
        });
      }),
  };
}
