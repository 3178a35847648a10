/**
 * Puts a native descriptor into the main loop. The only user of koffi's undocumented poll interface, whose traps are:
 * a handle without a strong reference is collected and falls silent; libuv stops a handle at POLLERR (a netlink
 * overflow sets it) and says so once with a negative status; the callback gets (status, events), not (events) as the
 * types of 3.3.4 say; it is called outside of Node's callback scope, so that an error thrown in it is lost and promises
 * settled in it would wait for the next thing that happens; stop() after close() crashes; a descriptor must not be
 * polled twice.
 */

import koffi from 'koffi';

/** The interface as it is, not as index.d.ts says. */
interface PollHandle {
  start(options: { readable: true }, callback: (status: number) => void): void;
  stop(): void;
  close(): void;
  unref(): void;
}
type Poll = (fd: number, options: { readable: true }, callback: (status: number) => void) => PollHandle;

/** A descriptor that is being watched. Dispose of it before the descriptor is closed. */
export interface Watched extends Disposable {
  /** How often the kernel reported an error on it and the watch was started again. */
  readonly restarts: number;
  /** Not called until `resume`: what is there waits. Both may be called at any time, and again. */
  pause(): void;
  resume(): void;
  /** Lets the process end although this is watched. */
  unref(): void;
}

const alive = new Set<PollHandle>();
const polled = new Set<number>();

/**
 * Calls `onReadable` whenever `fd` can be read; sets O_NONBLOCK on it. `error` is true when the kernel reported an error
 * (for netlink: messages were lost). The callback reads until EAGAIN, or at most some bounded number of times: it is
 * called again while there is more.
 */
export function watchReadable(fd: number, onReadable: (error: boolean) => void): Watched {
  if (polled.has(fd)) throw new Error(`Cannot watch descriptor ${fd}: it is watched already`);
  let restarts = 0;
  let open = true;
  let paused = false;
  const onPoll = (status: number): void => {
    if (!open) return;
    try {
      if (status < 0) {
        restarts += 1;
        if (!paused) handle.start({ readable: true }, onPoll);
      }
      onReadable(status < 0);
      // Leaves Node's callback scope right after this round of the loop, which runs what was settled above.
      setImmediate(settle);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  };
  const handle = (koffi.node.poll as unknown as Poll)(fd, { readable: true }, onPoll);
  alive.add(handle);
  polled.add(fd);
  return {
    get restarts() {
      return restarts;
    },
    pause() {
      if (open && !paused) handle.stop();
      paused = true;
    },
    resume() {
      if (open && paused) handle.start({ readable: true }, onPoll);
      paused = false;
    },
    unref() {
      if (open) handle.unref();
    },
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      handle.close();
      alive.delete(handle);
      polled.delete(fd);
    },
  };
}

/** Nothing to do: that it runs at all is the point. */
function settle(): void {
  // Node runs settled promises after each immediate.
}
