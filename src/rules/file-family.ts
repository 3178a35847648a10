/** Files that one deed touches together: each is told as part of what was told of another. */

/** useradd(8), usermod(8), groupadd(8), passwd(1) and their like write several of these at once. */
const ACCOUNTS = ['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'].map((name) => `/etc/${name}`);
/** Themselves, the copy that the tools of shadow keep ("-"), what they write before they rename it, and their locks. */
const OF_ACCOUNTS = /^\/etc\/(?:(?:passwd|g?shadow|group|sub[ug]id)(?:[-+]|\.lock|\.\d+)?|\.pwd\.lock)$/;

const CERTIFICATES = '/etc/ssl/certs';

/** What the tools of shadow keep of the file before. */
export function isCopyOfAccounts(path: string): boolean {
  return OF_ACCOUNTS.test(path) && path.endsWith('-');
}

/** For `Finding.folds`: the path itself first, then the others of its family. */
export function withFamily(path: string): readonly string[] {
  // ssh-keygen(1) writes both halves of a pair.
  if (/\/ssh_host_\w+_key\.pub$/.test(path)) return [path, path.slice(0, -'.pub'.length)];
  // update-ca-certificates(8) makes links and a bundle of what it was given.
  if (path.startsWith(`${CERTIFICATES}/`)) return [path, `${CERTIFICATES}/`, '/usr/local/share/ca-certificates/'];
  return OF_ACCOUNTS.test(path) ? [...new Set([path, ...ACCOUNTS])] : [path];
}
