/** Every rule in code; one line each. Adding a rule changes no other code. */

import type { Rule } from '#model/sensor.ts';
import accountChanged from './account-changed.ts';
import accountGone from './account-gone.ts';
import accountNew from './account-new.ts';
import alertFileCut from './alert-file-cut.ts';
import becameRoot from './became-root.ts';
import bindWidened from './bind-widened.ts';
import bootOptionsWeakened from './boot-options-weakened.ts';
import busyProgram from './busy-program.ts';
import caGone from './ca-gone.ts';
import caNew from './ca-new.ts';
import capabilityNew from './capability-new.ts';
import certificateExpiring from './certificate-expiring.ts';
import clockAdrift from './clock-adrift.ts';
import cmdlineChanged from './cmdline-changed.ts';
import containerPrivileged from './container-privileged.ts';
import deviceNew from './device-new.ts';
import diskFailing from './disk-failing.ts';
import diskFull from './disk-full.ts';
import diskReadOnly from './disk-read-only.ts';
import ebpfNew from './ebpf-new.ts';
import ebpfPinned from './ebpf-pinned.ts';
import executableAltered from './executable-altered.ts';
import executableDeleted from './executable-deleted.ts';
import executableInMemory from './executable-in-memory.ts';
import executableInOpenPlace from './executable-in-open-place.ts';
import executableMemory from './executable-memory.ts';
import falseKernelThread from './false-kernel-thread.ts';
import fileChanged from './file-changed.ts';
import fileGone from './file-gone.ts';
import fileNew from './file-new.ts';
import filesRunningOut from './files-running-out.ts';
import firewallChanged from './firewall-changed.ts';
import firewallEmptied from './firewall-emptied.ts';
import fstabChanged from './fstab-changed.ts';
import groupChanged from './group-changed.ts';
import groupMemberNew from './group-member-new.ts';
import hiddenName from './hidden-name.ts';
import hiddenProcess from './hidden-process.ts';
import historyDisabled from './history-disabled.ts';
import historyShrunk from './history-shrunk.ts';
import hostsChanged from './hosts-changed.ts';
import immutableChanged from './immutable-changed.ts';
import kernelSettingStrengthened from './kernel-setting-strengthened.ts';
import kernelSettingWeakened from './kernel-setting-weakened.ts';
import kprobeNew from './kprobe-new.ts';
import listenerGone from './listener-gone.ts';
import listenerReplaced from './listener-replaced.ts';
import loaderAltered from './loader-altered.ts';
import loaderPathNew from './loader-path-new.ts';
import loaderVariable from './loader-variable.ts';
import lsmOff from './lsm-off.ts';
import moduleGone from './module-gone.ts';
import moduleHidden from './module-hidden.ts';
import moduleLoaded from './module-loaded.ts';
import mountNew from './mount-new.ts';
import mountOptionWeakened from './mount-option-weakened.ts';
import mountOverSystemPath from './mount-over-system-path.ts';
import nameOrderChanged from './name-order-changed.ts';
import namespaceNew from './namespace-new.ts';
import newListener from './new-listener.ts';
import oddLine from './odd-line.ts';
import oddUnixSocket from './odd-unix-socket.ts';
import openPermissions from './open-permissions.ts';
import outOfMemory from './out-of-memory.ts';
import outlivedSession from './outlived-session.ts';
import outsideCheckBad from './outside-check-bad.ts';
import ownProgramChanged from './own-program-changed.ts';
import ownSettingsChanged from './own-settings-changed.ts';
import packageChanged from './package-changed.ts';
import packageFileAltered from './package-file-altered.ts';
import packageFileMissing from './package-file-missing.ts';
import packageGone from './package-gone.ts';
import packageKeyNew from './package-key-new.ts';
import packageNew from './package-new.ts';
import packageSourceNew from './package-source-new.ts';
import pamAcceptsAll from './pam-accepts-all.ts';
import pamModuleForeign from './pam-module-foreign.ts';
import pamSettingChanged from './pam-setting-changed.ts';
import pamStackChanged from './pam-stack-changed.ts';
import passwordChanged from './password-changed.ts';
import passwordEmpty from './password-empty.ts';
import portScan from './port-scan.ts';
import preloadSet from './preload-set.ts';
import privateKeyOpen from './private-key-open.ts';
import privilegeChanged from './privilege-changed.ts';
import privilegeFileOpen from './privilege-file-open.ts';
import privilegeNew from './privilege-new.ts';
import probeFlood from './probe-flood.ts';
import processFromService from './process-from-service.ts';
import processTraced from './process-traced.ts';
import programCrashed from './program-crashed.ts';
import programDisguised from './program-disguised.ts';
import programFileGone from './program-file-gone.ts';
import programInMemory from './program-in-memory.ts';
import programInOpenPlace from './program-in-open-place.ts';
import programPutInOpenPlace from './program-put-in-open-place.ts';
import raidDegraded from './raid-degraded.ts';
import rebootRequired from './reboot-required.ts';
import resolverChanged from './resolver-changed.ts';
import resourcesShort from './resources-short.ts';
import scanBehindDecoys from './scan-behind-decoys.ts';
import scanDistributed from './scan-distributed.ts';
import scanOutbound from './scan-outbound.ts';
import scannerLoggedIn from './scanner-logged-in.ts';
import scannerReturned from './scanner-returned.ts';
import secondOwner from './second-owner.ts';
import securityUpdatePending from './security-update-pending.ts';
import setuidNew from './setuid-new.ts';
import shellOnSocket from './shell-on-socket.ts';
import shortLivedListener from './short-lived-listener.ts';
import snifferOpened from './sniffer-opened.ts';
import sourceUntrusted from './source-untrusted.ts';
import sshCaNew from './ssh-ca-new.ts';
import sshHostkeyChanged from './ssh-hostkey-changed.ts';
import sshKeyChanged from './ssh-key-changed.ts';
import sshKeyGone from './ssh-key-gone.ts';
import sshKeyNew from './ssh-key-new.ts';
import sshLoginScript from './ssh-login-script.ts';
import sshSettingChanged from './ssh-setting-changed.ts';
import startPointChanged from './start-point-changed.ts';
import startPointGone from './start-point-gone.ts';
import startPointInOpenPlace from './start-point-in-open-place.ts';
import startPointMalformed from './start-point-malformed.ts';
import startPointNew from './start-point-new.ts';
import subidOverlap from './subid-overlap.ts';
import sudoDefaultChanged from './sudo-default-changed.ts';
import synFlood from './syn-flood.ts';
import taintNew from './taint-new.ts';
import tcpWrappersChanged from './tcp-wrappers-changed.ts';
import timeForged from './time-forged.ts';
import tooHot from './too-hot.ts';
import uidZeroTwin from './uid-zero-twin.ts';
import unknownProgram from './unknown-program.ts';
import unpackagedProgram from './unpackaged-program.ts';
import viewsDisagree from './views-disagree.ts';
import webScriptChanged from './web-script-changed.ts';
import webScriptNew from './web-script-new.ts';

export const rules: readonly Rule[] = [
  newListener,
  shortLivedListener,
  listenerGone,
  listenerReplaced,
  bindWidened,
  secondOwner,
  snifferOpened,
  executableAltered,
  executableDeleted,
  executableInMemory,
  executableInOpenPlace,
  oddUnixSocket,
  accountChanged,
  accountGone,
  accountNew,
  groupChanged,
  groupMemberNew,
  oddLine,
  passwordChanged,
  passwordEmpty,
  subidOverlap,
  uidZeroTwin,
  kernelSettingWeakened,
  kernelSettingStrengthened,
  lsmOff,
  clockAdrift,
  cmdlineChanged,
  alertFileCut,
  bootOptionsWeakened,
  taintNew,
  moduleLoaded,
  moduleGone,
  moduleHidden,
  unknownProgram,
  programInOpenPlace,
  processFromService,
  programFileGone,
  programInMemory,
  falseKernelThread,
  programDisguised,
  loaderVariable,
  processTraced,
  executableMemory,
  shellOnSocket,
  outlivedSession,
  becameRoot,
  sshKeyNew,
  sshKeyChanged,
  sshKeyGone,
  sshCaNew,
  sshLoginScript,
  sshHostkeyChanged,
  sshSettingChanged,
  mountNew,
  mountOverSystemPath,
  mountOptionWeakened,
  fstabChanged,
  startPointNew,
  startPointChanged,
  startPointGone,
  startPointInOpenPlace,
  startPointMalformed,
  privilegeNew,
  privilegeChanged,
  sudoDefaultChanged,
  synFlood,
  privilegeFileOpen,
  pamAcceptsAll,
  pamStackChanged,
  pamModuleForeign,
  pamSettingChanged,
  webScriptNew,
  webScriptChanged,
  portScan,
  scanBehindDecoys,
  scanDistributed,
  scanOutbound,
  scannerLoggedIn,
  scannerReturned,
  probeFlood,
  preloadSet,
  loaderPathNew,
  loaderAltered,
  fileChanged,
  fileNew,
  filesRunningOut,
  fileGone,
  setuidNew,
  capabilityNew,
  openPermissions,
  immutableChanged,
  programPutInOpenPlace,
  hiddenName,
  timeForged,
  packageFileAltered,
  packageFileMissing,
  unpackagedProgram,
  hostsChanged,
  resolverChanged,
  nameOrderChanged,
  hiddenProcess,
  viewsDisagree,
  packageNew,
  packageGone,
  packageChanged,
  securityUpdatePending,
  rebootRequired,
  packageSourceNew,
  packageKeyNew,
  sourceUntrusted,
  caNew,
  caGone,
  certificateExpiring,
  privateKeyOpen,
  programCrashed,
  outOfMemory,
  resourcesShort,
  busyProgram,
  ownProgramChanged,
  ownSettingsChanged,
  historyDisabled,
  historyShrunk,
  outsideCheckBad,
  firewallChanged,
  firewallEmptied,
  tcpWrappersChanged,
  ebpfNew,
  ebpfPinned,
  containerPrivileged,
  namespaceNew,
  diskFailing,
  diskFull,
  raidDegraded,
  diskReadOnly,
  tooHot,
  deviceNew,
  kprobeNew,
];
