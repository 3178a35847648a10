/** Runs a program that ends by a fault of its own. See docs/drills/program-crash.md. */

import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn } from './own-child.ts';

const RULES = ['program-crashed'];

export default defineDrill({
  name: 'program-crash',
  doc: 'Runs a program that ends by a fault of its own.',
  rules: RULES,
  async act(host, signal) {
    const child = await startOwn(host, PERL, [
      '-e',
      '$|=1; print "ready\\n"; select(undef,undef,undef,0.1); kill SEGV, $$; sleep 5',
    ]);
    try {
      await child.said(signal);
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
    return {
      atMs: child.atMs,
      words: `let ${PERL} end by SIGSEGV`,
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  },
});
