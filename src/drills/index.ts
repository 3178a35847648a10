/** All drills, one line each. */

import cronLine from './cron-line.ts';
import deletedProgram from './deleted-program.ts';
import type { Drill } from './drill.ts';
import falseKernelThread from './false-kernel-thread.ts';
import firewallChain from './firewall-chain.ts';
import listener from './listener.ts';
import loaderVariable from './loader-variable.ts';
import memoryProgram from './memory-program.ts';
import packageSource from './package-source.ts';
import programCrash from './program-crash.ts';
import socketShell from './socket-shell.ts';
import tracer from './tracer.ts';
import webScript from './web-script.ts';

export const drills: readonly Drill[] = [
  listener,
  deletedProgram,
  falseKernelThread,
  loaderVariable,
  memoryProgram,
  programCrash,
  socketShell,
  tracer,
  cronLine,
  firewallChain,
  packageSource,
  webScript,
];
