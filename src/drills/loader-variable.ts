/** Runs a program with LD_PRELOAD in its environment. See docs/drills/loader-variable.md. */

import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['loader-variable'];

export default defineDrill({
  name: 'loader-variable',
  doc: 'Runs a program with LD_PRELOAD in its environment.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const child = stack.use(
      await startOwn(host, PERL, ['-e', untilInputEnds], { env: { LD_PRELOAD: '/tmp/telltale-drill-none.so' } }),
    );
    await child.said(signal);
    const owned = stack.move();
    return {
      atMs: child.atMs,
      words: 'ran a program with LD_PRELOAD=/tmp/telltale-drill-none.so, which is not there',
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
