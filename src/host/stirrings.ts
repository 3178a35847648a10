/** Hears that mounts, devices or kernel hooks have changed; what has changed is for a look to find out. */

import { readlinkSync } from 'node:fs';
import type { StirringOf, Stirrings } from '#model/kernel.ts';
import { watchPriority } from './epoll.ts';
import { makeEventQueue } from './event-queue.ts';
import { lastError, libc, O } from './ffi.ts';
import { Inotify } from './inotify.ts';
import { watchReadable } from './poller.ts';
import { openTracefsMount } from './tracefs-mount.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_KOBJECT_UEVENT = 15;
/** Of the kernel; group 2 is what udev tells others. */
const KERNEL_GROUP = 1;
const UEVENT_BYTES = 16_384;
const MSG_DONTWAIT = 0x40;
/** Read at a time; the loop calls again while there is more. */
const READS = 64;

/** Arms one of them; it ends when `signal` aborts. */
export function openStirrings(of: StirringOf, signal: AbortSignal): Stirrings {
  const queue = makeEventQueue<never>(1);
  const stack = new DisposableStack();
  const deaf = arm[of](stack, () => {
    queue.wake();
  });
  const close = (): void => {
    stack.dispose();
    queue.end();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  return {
    times: queue.batches,
    deaf,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', close);
      close();
      await Promise.resolve();
    },
  };
}

type Arm = (stack: DisposableStack, onStir: () => void) => string | undefined;

const arm: Readonly<Record<StirringOf, Arm>> = { mounts: armMounts, devices: armDevices, hooks: armHooks };

function armMounts(stack: DisposableStack, onStir: () => void): string | undefined {
  const watch = watchPriority(mountinfos());
  if (typeof watch === 'string') return watch;
  stack.use(watch);
  stack.use(
    watchReadable(watch.fd, () => {
      // Taking it is what arms it again; the poll of the main loop may already have done so.
      watch.take();
      onStir();
    }),
  );
  return undefined;
}

/** Ours, and that of process 1 where it lives in another mount namespace (a unit with a sandbox does). */
function mountinfos(): readonly string[] {
  const own = '/proc/self/mountinfo';
  try {
    const differs = readlinkSync('/proc/1/ns/mnt') !== readlinkSync('/proc/self/ns/mnt');
    return differs ? ['/proc/1/mountinfo', own] : [own];
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [own];
    throw error;
  }
}

function armDevices(stack: DisposableStack, onStir: () => void): string | undefined {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC | O.NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return `netlink socket for device events: ${lastError()}`;
  stack.defer(() => libc.close(fd));
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(KERNEL_GROUP, 8);
  if (libc.bind(fd, address, address.length) !== 0) return `netlink socket for device events: ${lastError()}`;
  const buffer = Buffer.alloc(UEVENT_BYTES);
  stack.use(
    watchReadable(fd, () => {
      let concerns = false;
      for (let reads = 0; reads < READS; reads += 1) {
        const length = libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT);
        if (length < 0) break;
        concerns ||= isDevice(buffer.toString('latin1', 0, length));
      }
      if (concerns) onStir();
    }),
  );
  return undefined;
}

/** "add@/devices/…\0ACTION=add\0…\0SUBSYSTEM=usb\0": only what the table of devices shows is a reason to look. */
function isDevice(message: string): boolean {
  return /^(?:add|remove|bind|unbind|change)@/.test(message) && /\0SUBSYSTEM=(?:usb|block|input|hid)\0/.test(message);
}

/** Files of tracefs by which something is hung on a function; our own instances have files of their own. */
const HOOK_FILE = /^(?:kprobe_events|uprobe_events|dynamic_events|current_tracer|set_ftrace_.*|set_graph_.*)$/;
/** Ours come and go with each daemon. */
const OUR_INSTANCE = /^telltale-[0-9a-f]+(?:-[a-z]+)?$/;

/**
 * There is one tracefs however often it is mounted, so a mark through any mount hears of all. Its names stay in memory:
 * nothing has to be held open. What comes without tracefs (perf_event_open, a module) is for the looks.
 */
function armHooks(stack: DisposableStack, onStir: () => void): string | undefined {
  const mount = openTracefsMount();
  if (typeof mount === 'string') return mount;
  stack.use(mount);
  let stirred = false;
  const inotify = Inotify.open({
    onEvent: (key, { name }) => {
      stirred ||= key === instances ? !OUR_INSTANCE.test(name) : HOOK_FILE.test(name);
    },
    onOverflow: () => {
      stirred = true;
    },
    onRead: () => {
      if (stirred) onStir();
      stirred = false;
    },
  });
  if (typeof inotify === 'string') return `inotify_init1: ${inotify}`;
  stack.use(inotify);
  const top = inotify.mark(`${mount.path}/.`);
  const below = inotify.mark(`${mount.path}/instances`);
  const instances = 'key' in below ? below.key : '';
  const refused = [top, below].find((marked) => 'error' in marked);
  return refused === undefined ? undefined : `tracefs: ${refused.error}`;
}
