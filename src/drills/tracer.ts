/** Traces a process of its own. See docs/drills/tracer.md. */

import { machine } from '#lib/machine.ts';
import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['process-traced'];

const PTRACE_SEIZE = 0x4206;

export default defineDrill({
  name: 'tracer',
  doc: 'Traces a process of its own.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const traced = stack.use(await startOwn(host, PERL, ['-e', untilInputEnds]));
    await traced.said(signal);
    const program = `syscall(${machine.ptrace},${PTRACE_SEIZE},${traced.pid},0,0)==0 or die; ${untilInputEnds}`;
    const tracer = stack.use(await startOwn(host, PERL, ['-e', program]));
    await tracer.said(signal);
    const owned = stack.move();
    return {
      atMs: tracer.atMs,
      words: 'traced a process of its own',
      isToldBy: (alert) => isAbout(alert, RULES, tracer.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
