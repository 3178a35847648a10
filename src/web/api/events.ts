/** /api/events: one open page, fed until it goes away. */

import type { Feed } from './feed.ts';

/** A sign of life this often, so that a dead connection is noticed on both sides. */
const HEARTBEAT_MS = 15_000;
/** A page that does not read this many events is closed; it comes back and is told what it missed. */
const BEHIND_MAX = 64;

/** Streams the feed from event `lastId` on. `stillAllowed` is asked every minute; false ends the stream. */
export function eventStream(feed: Feed, lastId: number, stillAllowed: () => Promise<boolean>): Response {
  const encoder = new TextEncoder();
  let end = (): void => undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let beats = 0;
        const write = (text: string): void => {
          if ((controller.desiredSize ?? 0) <= -BEHIND_MAX) return close();
          controller.enqueue(encoder.encode(text));
        };
        const timer = setInterval(() => {
          beats += 1;
          write(': still here\n\n');
          if (beats % 4 === 0) void stillAllowed().then((allowed) => allowed || close());
        }, HEARTBEAT_MS);
        const stop = feed.read(lastId, write);
        end = () => {
          clearInterval(timer);
          stop();
        };
        const close = (): void => {
          end();
          controller.close();
        };
        write('retry: 2000\n\n');
      },
      cancel: () => end(),
    },
    { highWaterMark: 1 },
  );
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}
