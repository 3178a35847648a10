/** Capabilities of a program file: the attribute security.capability, struct vfs_cap_data of linux/capability.h. */

/** By number; capabilities(7). */
const names = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
];

const EFFECTIVE = 1;
const REVISION_1 = 0x0100_0000;
const REVISION_2 = 0x0200_0000;
const REVISION_3 = 0x0300_0000;

/** As getcap(8) prints it: "cap_net_raw=ep"; "unreadable" for bytes that are no capabilities, "" for none. */
export function capabilityText(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = bytes.length < 4 ? 0 : view.readUInt32LE(0);
  const revision = (magic & 0xff00_0000) >>> 0;
  const words = { [REVISION_1]: 1, [REVISION_2]: 2, [REVISION_3]: 2 }[revision] ?? 0;
  if (words === 0 || bytes.length < 4 + words * 8) return 'unreadable';
  const permitted: string[] = [];
  const inheritable: string[] = [];
  for (let number = 0; number < words * 32; number += 1) {
    const at = 4 + (number >> 5) * 8;
    const bit = 1 << (number & 31);
    const name = `cap_${names[number] ?? number}`;
    if ((view.readUInt32LE(at) & bit) !== 0) permitted.push(name);
    if ((view.readUInt32LE(at + 4) & bit) !== 0) inheritable.push(name);
  }
  const effective = (magic & EFFECTIVE) !== 0 ? 'e' : '';
  const parts = [group(permitted, `${effective}p`), group(inheritable, 'i')];
  return parts.filter((part) => part !== '').join(' ');
}

function group(capabilities: readonly string[], flags: string): string {
  return capabilities.length === 0 ? '' : `${capabilities.join(',')}=${flags}`;
}
