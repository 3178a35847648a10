/** Writes the timeline of a captured host: says what stands from one moment to the next. */

import type { TimelineEvent, TimelineFile, TimelineSocket } from '#formats/captured-timeline.ts';
import type { ProcessFacts } from '#model/host.ts';

export type DaySocket = Partial<TimelineSocket> & { readonly owners: readonly number[] };
export type DayProcess = Partial<ProcessFacts> & { readonly pid: number; readonly exe: string };

/** One moment as it is written; see docs/formats/captured-host.md. */
interface Line {
  readonly atMs: number;
  sockets?: readonly object[];
  readonly processes: object[];
  namespaces?: readonly object[];
  readonly events: Partial<TimelineEvent>[];
  readonly files: Record<string, TimelineFile>;
}

/** A machine whose sockets have names of the maker's choice, so that they can be closed and moved to another process. */
export class Machine {
  readonly #lines = new Map<number, Line>();
  readonly #changes: { readonly atMs: number; readonly change: (sockets: Map<string, object>) => void }[] = [];
  #inode = 20_000;

  process(atMs: number, facts: DayProcess): void {
    const comm = facts.exe.slice(facts.exe.lastIndexOf('/') + 1).slice(0, 15);
    const startTicks = Math.floor(atMs / 10) % 1_000_000_000;
    this.#line(atMs).processes.push({ comm, cmdline: facts.exe, startedMs: atMs, startTicks, ...facts });
  }

  /** Opens it, and tells of listen() as the kernel does for TCP. */
  open(atMs: number, name: string, socket: DaySocket): void {
    this.#inode += 1;
    const inode = this.#inode;
    this.#changes.push({ atMs, change: (sockets) => sockets.set(name, { inode, ...socket }) });
    const { path, owners, protocol = 'tcp', family = 'inet', state = 'LISTEN' } = socket;
    this.#line(atMs);
    if (family === 'unix' && path?.startsWith('/') === true)
      this.file(atMs, path, { type: 'socket', mode: 0o660, uid: 0 });
    const told = protocol === 'tcp' && state === 'LISTEN';
    const bound = family === 'unix' && path !== undefined;
    if (told) this.#tell(atMs, 'listen', socket);
    if (bound) this.#line(atMs).events.push({ kind: 'bind', pid: owners[0] ?? 0, family: '', protocol: '' });
  }

  close(atMs: number, name: string, listener?: DaySocket): void {
    this.#line(atMs);
    this.#changes.push({ atMs, change: (sockets) => void sockets.delete(name) });
    if (listener !== undefined) this.#tell(atMs, 'unlisten', listener);
  }

  event(atMs: number, event: Partial<TimelineEvent>): void {
    this.#line(atMs).events.push(event);
  }

  file(atMs: number, path: string, text: TimelineFile): void {
    this.#line(atMs).files[path] = text;
  }

  namespaces(atMs: number, namespaces: readonly object[]): void {
    this.#line(atMs).namespaces = namespaces;
  }

  /** The text of timeline.jsonl. */
  text(): string {
    const sockets = new Map<string, object>();
    const changes = this.#changes.toSorted((a, b) => a.atMs - b.atMs);
    let next = 0;
    const lines = [...this.#lines.values()].toSorted((a, b) => a.atMs - b.atMs);
    return lines
      .map((line) => {
        const from = next;
        for (; changes[next] !== undefined && (changes[next]?.atMs ?? 0) <= line.atMs; next += 1)
          changes[next]?.change(sockets);
        return `${JSON.stringify({ ...line, ...(next > from && { sockets: [...sockets.values()] }) })}\n`;
      })
      .join('');
  }

  #tell(atMs: number, kind: 'listen' | 'unlisten', socket: DaySocket): void {
    const { family = 'inet', localAddress: address = '', localPort: port = 0, owners, namespace } = socket;
    const where = namespace === undefined ? {} : { namespace };
    this.#line(atMs).events.push({ kind, pid: owners[0] ?? 0, family, protocol: 'tcp', address, port, ...where });
  }

  #line(atMs: number): Line {
    const known = this.#lines.get(atMs);
    if (known !== undefined) return known;
    const line: Line = { atMs, processes: [], events: [], files: {} };
    this.#lines.set(atMs, line);
    return line;
  }
}
