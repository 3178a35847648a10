/** The end of what a program said, however much it says. */

/** Keeps the last `maxBytes` bytes of what is added; bytes that are no UTF-8 come as U+FFFD. */
export function boundedTail(maxBytes: number): { add(chunk: Buffer): void; text(): string } {
  let kept: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      const all = chunk.length >= maxBytes ? chunk : Buffer.concat([kept, chunk]);
      kept = Buffer.from(all.subarray(Math.max(0, all.length - maxBytes)));
    },
    text: () => kept.toString('utf8'),
  };
}
