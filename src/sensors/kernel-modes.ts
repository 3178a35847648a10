/** Modes of the kernel's guards: security modules, AppArmor, SELinux, lockdown, Secure Boot. */

import type { Gap } from '#model/gap.ts';
import { type Files, type Host, isFailure } from '#model/host.ts';

const MAX_BYTES = 4096;
/** Four bytes of attributes before the value; UEFI specification, section 3.3. */
const EFI_VALUE = 4;
const SECURE_BOOT = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

const APPARMOR = '/sys/module/apparmor/parameters';
const SELINUX = '/sys/fs/selinux/enforce';
const SIGNATURES = '/sys/module/module/parameters/sig_enforce';
const LOCKDOWN = '/sys/kernel/security/lockdown';

/** Files through which guards are switched while the host runs. */
export const guardFiles: readonly string[] = [`${APPARMOR}/mode`, SELINUX, SIGNATURES, LOCKDOWN];

/** A guard and how it stands; `file` is where it is switched, "" where only a boot changes it. */
export interface KernelMode {
  readonly name: string;
  readonly value: string;
  readonly file: string;
}

/** Those that this kernel has. */
export function kernelModes(host: Host, gaps: Gap[]): readonly KernelMode[] {
  const read = (path: string): string | undefined => textAt(host.files, path, gaps);
  const guards = securityFiles(host);
  const modes: (readonly [name: string, value: string | undefined, file: string])[] = [
    ['security modules', textAt(guards, '/lsm', gaps), ''],
    ['lockdown', chosen(textAt(guards, '/lockdown', gaps)), LOCKDOWN],
    ['AppArmor', onOff(read(`${APPARMOR}/enabled`)), ''],
    ['AppArmor mode', read(`${APPARMOR}/mode`), `${APPARMOR}/mode`],
    ['SELinux', selinux(read(SELINUX)), SELINUX],
    ['module signatures', signatures(read(SIGNATURES)), SIGNATURES],
    ['Secure Boot', secureBoot(host, gaps), ''],
  ];
  return modes.flatMap(([name, value, file]) => (value === undefined ? [] : [{ name, value, file }]));
}

/** Where securityfs is not mounted (a container) the kernel is asked itself; where it refuses, there is nothing to tell. */
function securityFiles(host: Host): Files {
  const { files, kernel } = host;
  const mounted = files.list('/sys/kernel/security');
  if (!isFailure(mounted) && mounted.length > 0) return below(files, '/sys/kernel/security');
  const opened = kernel?.pseudo('securityfs');
  return opened === undefined || isFailure(opened) ? below(files, '/sys/kernel/security') : opened;
}

function below(files: Files, root: string): Files {
  return { ...files, read: (path, maxBytes) => files.read(root + path, maxBytes) };
}

function textAt(files: Files, path: string, gaps: Gap[]): string | undefined {
  const bytes = files.read(path, MAX_BYTES);
  if (!isFailure(bytes)) return bytes.toString('latin1').trim();
  if (bytes.error !== 'ENOENT' && bytes.error !== 'ENOTDIR') gaps.push({ what: path, why: bytes.error, reduced: true });
  return undefined;
}

/** "none [integrity] confidentiality" → "integrity". */
function chosen(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (/\[([^\]]*)\]/.exec(text)?.[1] ?? text);
}

function onOff(text: string | undefined): string | undefined {
  return text === undefined ? undefined : text === 'Y' || text === '1' ? 'on' : 'off';
}

function selinux(text: string | undefined): string | undefined {
  return text === undefined ? undefined : text === '1' ? 'enforcing' : 'permissive';
}

function signatures(text: string | undefined): string | undefined {
  const state = onOff(text);
  return state === undefined ? undefined : state === 'on' ? 'enforced' : 'not enforced';
}

function secureBoot(host: Host, gaps: Gap[]): string | undefined {
  const bytes = host.files.read(SECURE_BOOT, MAX_BYTES);
  if (isFailure(bytes)) {
    if (bytes.error !== 'ENOENT' && bytes.error !== 'ENOTDIR')
      gaps.push({ what: 'Secure Boot', why: bytes.error, reduced: true });
    return undefined;
  }
  return bytes[EFI_VALUE] === 1 ? 'on' : 'off';
}
