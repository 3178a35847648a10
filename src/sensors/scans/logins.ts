/** Whoever scanned this host and is logged in now: see docs/rules/scanner-logged-in.md. */

import { remoteSessionOf } from '#formats/logind-session.ts';
import { loggedIn } from '#formats/sshd-title.ts';
import { parseUtmp } from '#formats/utmp.ts';
import { formatDuration } from '#lib/duration.ts';
import { addressBytes } from '#lib/ip-prefix.ts';
import { type Files, type Host, isFailure } from '#model/host.ts';
import type { ScanRow } from '../scan-table.ts';
import { keyAt } from './address.ts';
import type { ScanBook } from './book.ts';
import { NOBODY, UNKNOWN_SENDER } from './scan-row.ts';

/** After a scanner used a port that it found, logins are looked for this often, and so long. */
const OFTEN_MS = 5_000;
const OFTEN_FOR_MS = 2 * 60_000;
/** So long the sockets of sshd are asked as well: a session without a terminal stands in no file where logind is not. */
const THOROUGH_MS = 10 * 60_000;
const MAX_SESSIONS = 500;

/** A login from another host. */
interface Login {
  readonly user: string;
  readonly address: string;
  readonly sinceMs: number;
}

type Machine = Pick<Host, 'files' | 'network' | 'processes' | 'clock'>;

export class LoginWatch {
  readonly #host: Machine;
  /** When a scanner last did more than to look; epoch milliseconds. */
  #usedMs = -Infinity;
  #lookedMs = -Infinity;
  /** When each login was seen first, by source: the socket does not say when it began. */
  #since = new Map<string, number>();
  #rows: readonly ScanRow[] = [];

  constructor(host: Machine) {
    this.#host = host;
  }

  /** Scanners that are logged in, as of the last look. */
  get rows(): readonly ScanRow[] {
    return this.#rows;
  }

  /** Somebody who scanned uses what was found: it is time to look again soon. */
  wants(book: ScanBook, nowMs: number): boolean {
    for (const scan of book.scans.values())
      if (scan.form === 'return' || scan.sources.some(({ connects }) => connects > 0))
        this.#usedMs = Math.max(this.#usedMs, book.lastMs(scan));
    return nowMs - this.#usedMs < OFTEN_FOR_MS && nowMs - this.#lookedMs >= OFTEN_MS;
  }

  /** Holds who is logged in against who scanned. `namespace` is the label of our own, where sshd is. */
  async look(book: ScanBook, namespace: string, signal: AbortSignal): Promise<void> {
    const nowMs = this.#host.clock.nowMs();
    this.#lookedMs = nowMs;
    if (book.returns.size === 0 && book.scans.size === 0) {
      this.#rows = [];
      return;
    }
    const thorough = nowMs - this.#usedMs < THOROUGH_MS;
    const logins = [...filed(this.#host), ...(thorough ? await held(this.#host, signal) : [])];
    const bySource = new Map<string, Login[]>();
    for (const login of logins) {
      if (scannedMs(book, login.address, nowMs) === undefined) continue;
      bySource.set(login.address, [...(bySource.get(login.address) ?? []), login]);
    }
    this.#since = new Map([...bySource.keys()].map((source) => [source, this.#since.get(source) ?? nowMs]));
    this.#rows = [...bySource].map(([source, found]) => this.#rowOf(book, { source, namespace, found, nowMs }));
  }

  #rowOf(
    book: ScanBook,
    at: {
      readonly source: string;
      readonly namespace: string;
      readonly found: readonly Login[];
      readonly nowMs: number;
    },
  ): ScanRow {
    const { source, namespace, found, nowMs } = at;
    const told = found.map(({ sinceMs }) => sinceMs).filter((ms) => ms > 0);
    const firstMs = Math.min(this.#since.get(source) ?? nowMs, ...told);
    const scanMs = scannedMs(book, source, nowMs) ?? firstMs;
    const before = Math.max(0, firstMs - scanMs);
    return {
      ...NOBODY,
      ...UNKNOWN_SENDER,
      namespace,
      form: 'login',
      source,
      kind: 'login',
      words: 'login of a scanner',
      option: '',
      also: [],
      addresses: [source],
      targets: [],
      tried: 0,
      closed: 0,
      open: 0,
      silent: 0,
      ports: '',
      learned: [],
      trapped: [],
      probes: 0,
      unseen: 0,
      score:
        before < 1_000 ? 'scanned this host a moment before' : `scanned this host ${formatDuration(before)} before`,
      verdict: 'confirmed',
      blockable: false,
      connected: 1,
      likely: '',
      ttl: '',
      firstMs,
      lastMs: nowMs,
      firstHeader: '',
      lastHeader: '',
      user: [...new Set(found.map(({ user }) => user).filter((user) => user !== ''))].join(', '),
    };
  }
}

/** When the scan of that address ended, or began where it goes on. */
function scannedMs(book: ScanBook, address: string, nowMs: number): number | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined) return undefined;
  const key = keyAt(bytes, 0, bytes.length === 4 ? 4 : 6);
  const going = book.scans
    .values()
    .find(({ form, sources }) => form === 'scan' && sources.some((one) => one.key === key));
  return going?.openedMs ?? book.returns.endedMs(key, nowMs);
}

/** Logins that stand in files: utmp, and sessions of systemd-logind. */
function filed({ files, processes }: Machine): Login[] {
  const open = parseUtmp(bytesOf(files, '/run/utmp')).rows.slice(-MAX_SESSIONS);
  const logins = open.flatMap(({ pid, user, address, timeMs }) =>
    address !== '' && processes.get(pid) !== undefined ? [{ user, address, sinceMs: timeMs }] : [],
  );
  const names = files.list('/run/systemd/sessions');
  if (isFailure(names)) return logins;
  const sessions = names
    .slice(0, MAX_SESSIONS)
    .flatMap((name) => remoteSessionOf(bytesOf(files, `/run/systemd/sessions/${name}`).toString('latin1')) ?? []);
  return [...logins, ...sessions];
}

/** Connections that a process of sshd holds for a session: past the password. */
async function held(host: Machine, signal: AbortSignal): Promise<Login[]> {
  const sockets = await host.network.snapshot({ scope: 'own', what: 'all', signal }).catch(() => undefined);
  if (sockets === undefined) return [];
  const found: Login[] = [];
  for (let index = 0; index < sockets.length; index += 1) {
    const { state, protocol, remoteAddress } = sockets.at(index);
    if (state !== 'ESTAB' || !protocol.startsWith('tcp')) continue;
    for (const pid of sockets.ownersOf(index)) {
      const process = host.processes.get(pid);
      const user = process && /\/sshd[^/]*$/.test(process.exe) ? loggedIn(process.cmdline) : undefined;
      if (user !== undefined) found.push({ user, address: remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''), sinceMs: 0 });
    }
  }
  sockets.release?.();
  return found;
}

/** What is not there or cannot be read names nobody. */
function bytesOf(files: Files, path: string): Buffer {
  const read = files.read(path);
  return isFailure(read) ? Buffer.alloc(0) : read;
}
