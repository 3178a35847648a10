/** Actions and contexts for tests of responders. */

import { openEditor } from '#host/edit-file.ts';
import { openFiles } from '#host/files.ts';
import type { Exec } from '#model/exec.ts';
import type { Action, ResponderContext } from '#model/responder.ts';

let made = 0;

/** A block of an hour. */
export function action(target: string, more: Partial<Action> = {}): Action {
  made += 1;
  const nowMs = Date.now();
  return {
    id: `block-${made}`,
    responder: 'test',
    target,
    kind: 'drop',
    alert: '',
    state: 'active',
    reason: 'a test',
    sinceMs: nowMs,
    untilMs: nowMs + 3_600_000,
    undo: {},
    port: 0,
    mode: '',
    ...more,
  };
}

/** A context whose programs run through `exec`. */
export function responderContext<S>(
  settings: S,
  exec: Exec,
  datagram: ResponderContext<S>['datagram'] = () => undefined,
): ResponderContext<S> {
  return {
    datagram,
    unattended: true,
    logGroup: () => ({ error: 'ENOTSUP', path: 'a test' }),
    settings,
    exec,
    files: openFiles(),
    editor: openEditor(),
    clock: {
      nowMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      bootMs: () => 0,
      id: () => 'id',
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
    },
    tag: '0123456789ab',
    signal: new AbortController().signal,
  };
}
