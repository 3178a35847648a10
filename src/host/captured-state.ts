/** What the timeline of a captured host has said so far, laid over the files of its folder. */

import type { TimelineFile, TimelineSocket } from '#formats/captured-timeline.ts';
import type { FileStat, Files, NetworkNamespace, Processes, ProcessFacts } from '#model/host.ts';

export interface CapturedState {
  /** Undefined: the timeline says nothing of sockets, so the files of /proc/net do. */
  sockets: readonly TimelineSocket[] | undefined;
  readonly processes: Map<number, ProcessFacts>;
  namespaces: readonly NetworkNamespace[] | undefined;
  readonly files: Map<string, { readonly file: TimelineFile; readonly atMs: number }>;
}

/** The folder's files, with what the timeline wrote over them. Lists of folders are the folder's. */
export function capturedFiles(folder: Files, state: CapturedState): Files {
  return {
    ...folder,
    read(path, maxBytes) {
      const over = state.files.get(path);
      if (over === undefined) return folder.read(path, maxBytes);
      if (over.file === null) return { error: 'ENOENT', path };
      if (typeof over.file === 'object') return { error: 'ENXIO', path };
      const bytes = Buffer.from(over.file);
      return maxBytes !== undefined && bytes.length > maxBytes ? { error: 'EFBIG', path } : bytes;
    },
    stat(path) {
      const over = state.files.get(path);
      if (over === undefined) return folder.stat(path);
      return over.file === null ? { error: 'ENOENT', path } : statOf(over.file, over.atMs);
    },
  };
}

function statOf(file: string | { readonly mode: number; readonly uid: number }, atMs: number): FileStat {
  const times = { mtimeMs: atMs, ctimeMs: atMs, inode: 1 };
  if (typeof file === 'object')
    return { type: 'socket', mode: file.mode, uid: file.uid, gid: 0, sizeBytes: 0, ...times };
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: Buffer.byteLength(file), ...times };
}

/** Processes of the timeline first, then those of the folder's /proc. */
export function capturedProcesses(
  recorded: Processes,
  state: CapturedState,
  userName: (uid: number) => string,
): Processes {
  const named = (facts: ProcessFacts): ProcessFacts =>
    facts.user === '' ? { ...facts, user: userName(facts.uid) } : facts;
  const get = (pid: number): ProcessFacts | undefined => {
    const facts = state.processes.get(pid);
    return facts === undefined ? recorded.get(pid) : named(facts);
  };
  return {
    get,
    parents(pid, limit) {
      const parents: ProcessFacts[] = [];
      for (let facts = get(get(pid)?.parentPid ?? 0); facts !== undefined && parents.length < limit; ) {
        parents.push(facts);
        facts = facts.parentPid === facts.pid ? undefined : get(facts.parentPid);
      }
      return parents;
    },
    list: () => [
      ...Array.from(state.processes.values(), named),
      ...recorded.list().filter(({ pid }) => !state.processes.has(pid)),
    ],
  };
}
