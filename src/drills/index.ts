/** All drills, one line each. */

import account from './account.ts';
import cronLine from './cron-line.ts';
import deletedProgram from './deleted-program.ts';
import type { Drill } from './drill.ts';
import droppedScript from './dropped-script.ts';
import ebpfProgram from './ebpf-program.ts';
import falseKernelThread from './false-kernel-thread.ts';
import firewallChain from './firewall-chain.ts';
import fullDisk from './full-disk.ts';
import historyOff from './history-off.ts';
import hostName from './host-name.ts';
import kernelSetting from './kernel-setting.ts';
import libraryFolder from './library-folder.ts';
import listener from './listener.ts';
import loaderVariable from './loader-variable.ts';
import memoryProgram from './memory-program.ts';
import mount from './mount.ts';
import openKey from './open-key.ts';
import packageFile from './package-file.ts';
import packageSource from './package-source.ts';
import pamService from './pam-service.ts';
import programCrash from './program-crash.ts';
import scan from './scan.ts';
import socketShell from './socket-shell.ts';
import sshKey from './ssh-key.ts';
import sudoRule from './sudo-rule.ts';
import traceInstance from './trace-instance.ts';
import tracer from './tracer.ts';
import watchedFile from './watched-file.ts';
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
  sshKey,
  sudoRule,
  pamService,
  libraryFolder,
  openKey,
  historyOff,
  account,
  hostName,
  scan,
  kernelSetting,
  mount,
  watchedFile,
  droppedScript,
  ebpfProgram,
  traceInstance,
  packageFile,
  fullDisk,
];
