/** Runs a program out of memory. See docs/drills/memory-program.md. */

import { machine } from '#lib/machine.ts';
import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['program-in-memory'];

// A copy of Perl itself, in a file that has no name anywhere.
const FROM_MEMORY =
  `my $n="telltale-drill"; my $f=syscall(${machine.memfdCreate},$n,0); open(my $o,">&=",$f) or die; binmode $o; ` +
  `open(my $i,"<","${PERL}") or die; binmode $i; local $/; my $d=<$i>; print $o $d; select($o); $|=1; select(STDOUT); ` +
  `exec {"/proc/self/fd/$f"} "telltale-drill","-e",q(${untilInputEnds})`;

export default defineDrill({
  name: 'memory-program',
  doc: 'Runs a program out of memory.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const child = stack.use(await startOwn(host, PERL, ['-e', FROM_MEMORY]));
    await child.said(signal);
    const owned = stack.move();
    return {
      atMs: child.atMs,
      words: 'ran a program from a memfd called "telltale-drill"',
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
