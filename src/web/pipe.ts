/** JSON lines over a stream, bounded both ways: neither side can make the other one swell. */

import type { Duplex } from 'node:stream';

/** One end of the pipe. */
export interface Pipe {
  /** Writes one object as a line; false when the other side has not taken more than `maxWaitingBytes` yet: not sent. */
  send(message: object): boolean;
  close(): void;
}

/** Bounds of one end, and what to do with what arrives. */
export interface PipeSettings {
  /** A longer line than this (bytes) ends the pipe: `onClose` is called with the reason. */
  readonly maxLineBytes: number;
  readonly maxWaitingBytes: number;
  onMessage(message: unknown): void;
  /** Called once, also when the other side just went away. */
  onClose(why: string): void;
}

/** Reads and writes objects on `stream`, which belongs to the pipe from here on. */
export function openPipe(stream: Duplex, settings: PipeSettings): Pipe {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let closed = false;
  const close = (why: string): void => {
    if (closed) return;
    closed = true;
    parts = [];
    stream.destroy();
    settings.onClose(why);
  };
  const take = (line: Buffer): void => {
    const message = parseLine(line);
    if (message === undefined) return close('the other side sent a line that is no JSON object');
    settings.onMessage(message);
  };
  const read = (chunk: Buffer): void => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      if (heldBytes + end > settings.maxLineBytes) return close(tooLong(settings.maxLineBytes));
      const line = Buffer.concat([...parts, rest.subarray(0, end)]);
      parts = [];
      heldBytes = 0;
      rest = rest.subarray(end + 1);
      take(line);
      if (closed) return;
    }
    if (rest.length === 0) return;
    parts.push(rest);
    heldBytes += rest.length;
    if (heldBytes > settings.maxLineBytes) close(tooLong(settings.maxLineBytes));
  };
  stream.on('data', read);
  stream.on('error', (error) => close(error.message));
  stream.on('close', () => close('the other side went away'));
  stream.on('end', () => close('the other side went away'));
  return {
    send(message) {
      if (closed || stream.writableLength > settings.maxWaitingBytes) return false;
      stream.write(`${JSON.stringify(message)}\n`);
      return true;
    },
    close: () => close('closed'),
  };
}

function tooLong(maxLineBytes: number): string {
  return `the other side sent a line of more than ${maxLineBytes} bytes`;
}

function parseLine(line: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
