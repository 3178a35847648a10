/** Runs from a file that is gone, was replaced, or never had a name. */

import type { Sign, Suspect } from './sign.ts';

/** Packages of container engines and of systemd: they run a sealed copy of their own program out of memory. */
const ENGINES =
  /^(?:runc|crun|containerd|containerd\.io|docker\.io|docker-ce|podman|conmon|cri-o|lxc|lxd|incus|systemd|snapd|flatpak)$/;
const ENGINE_MEMORY = /^\/memfd:(?:runc_cloned:|crun-|conmon|systemd-executor|lxc)/;
/** A file made by O_TMPFILE is called "#inode" in its directory; open(2). */
const NAMELESS = /\/#\d{1,20}$/;

/** `deleted`, `replaced`, or `memory` with what it is: "memfd NAME" or "file without a name". */
export function fileSigns(suspect: Suspect): Sign[] {
  const { process } = suspect;
  if (process.exeState === 'memory') {
    return isEngine(suspect) ? [] : [{ sign: 'memory', value: process.exe.replace('/memfd:', 'memfd ') }];
  }
  if (process.exeState !== 'deleted' && process.exeState !== 'replaced') return [];
  if (NAMELESS.test(process.exe)) {
    const place = process.exe.slice(0, process.exe.lastIndexOf('/'));
    return [{ sign: 'memory', value: `file without a name in ${place}` }];
  }
  return [{ sign: process.exeState, value: '' }];
}

/** A name is anybody's to choose: the parent must be the engine, as its package shipped it. */
function isEngine({ host, process, ancestors }: Suspect): boolean {
  if (!ENGINE_MEMORY.test(process.exe)) return false;
  return ancestors.some(({ exe }) => isEngineProgram(host, exe));
}

/** Is it a program of a container engine or of systemd, as its package shipped it? */
export function isEngineProgram({ packages }: Pick<Suspect['host'], 'packages'>, exe: string): boolean {
  return ENGINES.test(packages.ownerOf(exe)) && packages.verify(exe) === 'same';
}
