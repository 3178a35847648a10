/** Loads an eBPF program that does nothing and hangs on nothing, for a moment. See docs/drills/ebpf-program.md. */

import { machine } from '#lib/machine.ts';
import { defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['ebpf-new'];
/** Known to the sensor: our own programs are not told otherwise. */
const NAME = 'telltale_drill';

/**
 * BPF_PROG_LOAD (5) of a socket filter (1) of two instructions, "r0 = 0; exit": union bpf_attr up to prog_name. It is
 * never attached, and goes with the process.
 */
const LOAD =
  'my $code = pack("C2 s l C2 s l", 0xb7, 0, 0, 0, 0x95, 0, 0, 0); my $licence = "GPL\\0"; ' +
  `my $attr = pack("L2 P P L2 Q L2 a16", 1, 2, $code, $licence, 0, 0, 0, 0, 0, "${NAME}"); ` +
  `my $fd = syscall(${machine.bpf}, 5, $attr, length $attr); if ($fd < 0) { print "refused: $!\\n"; exit 1 } `;

export default defineDrill({
  name: 'ebpf-program',
  doc: 'Loads an eBPF program that does nothing and hangs on nothing, for a moment.',
  rules: RULES,
  applies: ({ files }) => isThere(files, PERL),
  async act(host, signal) {
    signal.throwIfAborted();
    const child = await startOwn(host, PERL, ['-e', `$| = 1; ${LOAD}${untilInputEnds}`]);
    try {
      const said = await child.said(signal);
      if (said !== 'ready') throw new Error(`Cannot load an eBPF program for a rehearsal: ${said}`);
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
    return {
      atMs: child.atMs,
      words: `loaded the eBPF program "${NAME}" as process ${child.pid}`,
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    };
  },
});
