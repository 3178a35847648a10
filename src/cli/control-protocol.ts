/** One JSON object a line each way over the control socket: docs/formats/control-socket.md. */

import type { Pushed } from '#model/verbs.ts';

/** Version of the protocol; a daemon refuses another. */
export const PROTOCOL_VERSION = 1;

/** A request is at most this long: ids, a reason, a password. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** An answer is at most this long; 100,000 sockets take about 60 MiB. */
export const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export interface Request {
  readonly v: number;
  readonly id: number;
  readonly verb: string;
  readonly args: unknown;
}

/** `id` is that of the request; `push` comes after a `follow`. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }
  | { readonly push: Pushed };

/** What came in a line, or why it is no request. */
export function parseRequest(line: string): Request | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { wrong: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null) return { wrong: 'the line is not an object' };
  const { v, id, verb, args } = value as Partial<Record<keyof Request, unknown>>;
  if (v !== PROTOCOL_VERSION)
    return { wrong: `"v" is not ${PROTOCOL_VERSION}: terminal and daemon are of different versions` };
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return { wrong: '"id" is not a whole number' };
  if (typeof verb !== 'string') return { wrong: '"verb" is not text' };
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return { wrong: '"args" is not an object' };
  return { v, id, verb, args };
}

/** Cuts a stream of bytes into lines; `push` returns the complete ones, or undefined once a line is too long. */
export function lineSplitter(maxBytes: number): { push(chunk: Buffer): readonly string[] | undefined } {
  let held: Buffer[] = [];
  let heldBytes = 0;
  return {
    push(chunk) {
      const lines: string[] = [];
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        held.push(chunk.subarray(from, at));
        if (heldBytes + at - from > maxBytes) return undefined;
        lines.push(Buffer.concat(held).toString('utf8'));
        held = [];
        heldBytes = 0;
        from = at + 1;
      }
      if (from < chunk.length) {
        held.push(chunk.subarray(from));
        heldBytes += chunk.length - from;
      }
      return heldBytes > maxBytes ? undefined : lines;
    },
  };
}
