/** Runs a program that calls itself like a thread of the kernel. See docs/drills/false-kernel-thread.md. */

import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['false-kernel-thread'];

export default defineDrill({
  name: 'false-kernel-thread',
  doc: 'Runs a program that calls itself like a thread of the kernel.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const child = stack.use(await startOwn(host, PERL, ['-e', untilInputEnds], { argv0: '[kworker/u9:7]' }));
    await child.said(signal);
    const owned = stack.move();
    return {
      atMs: child.atMs,
      words: `ran ${PERL} as "[kworker/u9:7]"`,
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
