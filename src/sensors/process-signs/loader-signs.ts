/** The loader was told to bring foreign code: LD_PRELOAD, LD_AUDIT, LD_LIBRARY_PATH in the environment; ld.so(8). */

import { loaderVariables } from '#formats/proc-environ.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { Sign, Suspect } from './sign.ts';

/** Arguments and environment together may be 6 MiB (execve(2)); who hides behind more is told as a gap elsewhere. */
const ENVIRONMENT_BYTES = 6 << 20;
const MAX_LIBRARIES = 8;
const WORLD_WRITABLE = 0o002;
const UNCUT = 512;
const SYSTEM_LIBRARIES = /^\/(?:usr\/)?lib(?:32|64|x32|exec)?(?:\/|$)/;

/** One sign a variable; `detail` says whose the libraries are. Reads the environment: call it once a program. */
export function loaderSigns({ host, process }: Pick<Suspect, 'host' | 'process'>): Sign[] {
  const bytes = host.files.read(`/proc/${process.pid}/environ`, ENVIRONMENT_BYTES);
  if (isFailure(bytes)) return [];
  return loaderVariables(bytes)
    .filter((variable) => !isSystemsPath(host, process.pid, variable))
    .map((variable) => ({ sign: 'loader variable', value: variable, detail: ownersOf(host, process.pid, variable) }));
}

/** Only names folders of the system's libraries, which only root may fill: valgrind looks for symbols there, say. */
function isSystemsPath(host: Host, pid: number, variable: string): boolean {
  const at = variable.indexOf('=');
  // What is longer may be cut, and end elsewhere.
  if (variable.slice(0, at) !== 'LD_LIBRARY_PATH' || variable.length > UNCUT) return false;
  return variable
    .slice(at + 1)
    .split(/[:;]/)
    .every((path) => {
      if (path === '') return false;
      if (!SYSTEM_LIBRARIES.test(path) || path.includes('/..')) return false;
      const stat = host.files.stat(`/proc/${pid}/root${path}`);
      return isFailure(stat) ? stat.error === 'ENOENT' : stat.uid === 0 && (stat.mode & WORLD_WRITABLE) === 0;
    });
}

/** "packaged", or what is wrong with the first library that is not: "unpackaged: /opt/x.so", "open: /tmp/x.so". */
function ownersOf(host: Host, pid: number, variable: string): string {
  const at = variable.indexOf('=');
  const [name, value] = [variable.slice(0, at), variable.slice(at + 1)];
  const paths = value.split(name === 'LD_PRELOAD' ? /[: ]+/ : ':').filter((path) => path !== '');
  for (const path of paths.slice(0, MAX_LIBRARIES)) {
    const what = stateOf(host, pid, path);
    if (what !== 'packaged') return `${what}: ${path}`;
  }
  return 'packaged';
}

function stateOf(host: Host, pid: number, path: string): 'packaged' | 'unpackaged' | 'open' | 'missing' {
  // "libjemalloc.so.2" is found by the loader's own list, which only root may write.
  if (!path.includes('/')) return 'packaged';
  if (!path.startsWith('/') || isBelowOpen(host, path)) return 'open';
  const stat = host.files.stat(`/proc/${pid}/root${path}`);
  if (isFailure(stat)) return 'missing';
  if (stat.type === 'directory') return stat.uid === 0 ? 'packaged' : 'unpackaged';
  return host.packages.ownerOf(path) === '' ? 'unpackaged' : 'packaged';
}

/** Everyone may write to the file or to a directory on the way. */
function isBelowOpen(host: Host, path: string): boolean {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const stat = host.files.stat(end < 0 ? path : path.slice(0, end));
    if (!isFailure(stat) && stat.type !== 'symlink' && (stat.mode & WORLD_WRITABLE) !== 0) return true;
    if (end < 0) return false;
  }
}
