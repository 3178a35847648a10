/** What a capability lets somebody do, in words: capabilities(7). */

const POWERS: Readonly<Record<string, string>> = {
  cap_setuid: 'become any user',
  cap_setgid: 'take any group',
  cap_sys_admin: 'do most of what root may',
  cap_dac_override: 'read and write every file',
  cap_dac_read_search: 'read every file',
  cap_chown: 'give every file to anybody',
  cap_fowner: 'change the rights of every file',
  cap_setfcap: 'give such rights to any file',
  cap_setpcap: 'hand on rights of root',
  cap_sys_ptrace: 'read and change every process',
  cap_sys_module: 'load code into the kernel',
  cap_sys_rawio: 'reach memory and disks past the kernel',
  cap_sys_chroot: 'change what is the root folder',
  cap_mknod: 'make device files',
  cap_bpf: 'load eBPF programs',
  cap_kill: 'end every process',
  cap_net_admin: 'change the network and its filter',
  cap_net_raw: 'send and read raw packets',
  cap_net_bind_service: 'listen on ports below 1024',
};
const NAMED = 2;

/** "become any user", "read every file, send and read raw packets and more" of "cap_setuid=ep"; what is not known is said as that. */
export function powersOf(capabilities: string): string {
  const names = capabilities.match(/cap_[a-z_]+/g) ?? [];
  const words = names.flatMap((name) => (Object.hasOwn(POWERS, name) ? [POWERS[name] ?? ''] : []));
  if (words.length === 0) return 'use rights of root';
  const more = names.length > NAMED ? ' and more' : '';
  const listed = words.slice(0, NAMED);
  return more === '' ? listed.join(' and ') : `${listed.join(', ')}${more}`;
}
