/** The file systems through which the kernel shows itself, read wherever they can be reached. */

import type { Failure, Files } from '#model/host.ts';
import type { PseudoFilesystem } from '#model/kernel.ts';
import { mountDetached } from './detached-mount.ts';

/** Where each is usually mounted; what stands there decides only what is read, never what is written. */
const usual: Readonly<Record<PseudoFilesystem, readonly string[]>> = {
  tracefs: ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'],
  debugfs: ['/sys/kernel/debug'],
  securityfs: ['/sys/kernel/security'],
};

export interface PseudoFiles extends Disposable {
  open(name: PseudoFilesystem): Files | Failure;
}

/** Opens each once, when it is first asked for, and keeps it; a refusal is asked again. */
export function openPseudoFiles(files: Files): PseudoFiles {
  const stack = new DisposableStack();
  const opened = new Map<PseudoFilesystem, Files>();
  const rootOf = (name: PseudoFilesystem): string | Failure => {
    const mount = mountDetached(name);
    if (typeof mount !== 'string') return stack.use(mount).path;
    const mounted = usual[name].find((path) => hasEntries(files, path));
    return mounted ?? { error: mount, path: name };
  };
  return {
    open(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const root = rootOf(name);
      if (typeof root !== 'string') return root;
      const below = under(files, root);
      opened.set(name, below);
      return below;
    },
    [Symbol.dispose]: () => {
      opened.clear();
      stack.dispose();
    },
  };
}

/** An empty folder is the place for a mount, not the mount. */
function hasEntries(files: Files, path: string): boolean {
  const names = files.list(path);
  return Array.isArray(names) && names.length > 0;
}

function under(files: Files, root: string): Files {
  return {
    read: (path, maxBytes) => files.read(root + path, maxBytes),
    list: (path) => files.list(root + path),
    stat: (path) => files.stat(root + path),
    readlink: (path) => files.readlink(root + path),
  };
}
