/** All drills, one line each. */

import deletedProgram from './deleted-program.ts';
import type { Drill } from './drill.ts';
import falseKernelThread from './false-kernel-thread.ts';
import listener from './listener.ts';
import loaderVariable from './loader-variable.ts';
import memoryProgram from './memory-program.ts';
import programCrash from './program-crash.ts';
import socketShell from './socket-shell.ts';
import tracer from './tracer.ts';

export const drills: readonly Drill[] = [
  listener,
  deletedProgram,
  falseKernelThread,
  loaderVariable,
  memoryProgram,
  programCrash,
  socketShell,
  tracer,
];
