/** What the timeline of a captured host has said so far, laid over the files of its folder. */

import type { TimelineSocket } from '#formats/captured-timeline.ts';
import type { FileStat, Files, NetworkNamespace, Processes, ProcessFacts } from '#model/host.ts';

export interface CapturedState {
  /** Undefined: the timeline says nothing of sockets, so the files of /proc/net do. */
  sockets: readonly TimelineSocket[] | undefined;
  readonly processes: Map<number, ProcessFacts>;
  namespaces: readonly NetworkNamespace[] | undefined;
  /** Text by path, null where the file is gone. */
  readonly files: Map<string, { readonly text: string | null; readonly atMs: number }>;
}

/** The folder's files, with what the timeline wrote over them. Lists of folders are the folder's. */
export function capturedFiles(folder: Files, state: CapturedState): Files {
  return {
    ...folder,
    read(path, maxBytes) {
      const over = state.files.get(path);
      if (over === undefined) return folder.read(path, maxBytes);
      if (over.text === null) return { error: 'ENOENT', path };
      const bytes = Buffer.from(over.text);
      return maxBytes !== undefined && bytes.length > maxBytes ? { error: 'EFBIG', path } : bytes;
    },
    stat(path) {
      const over = state.files.get(path);
      if (over === undefined) return folder.stat(path);
      return over.text === null ? { error: 'ENOENT', path } : statOf(over.text, over.atMs);
    },
  };
}

function statOf(text: string, atMs: number): FileStat {
  return {
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: Buffer.byteLength(text),
    mtimeMs: atMs,
    ctimeMs: atMs,
    inode: 1,
  };
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
