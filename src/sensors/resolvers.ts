/**
 * Resolvers (unbound, dnsmasq, named) bind a random port by number for each question, against forged answers: whoever
 * serves port 53 asks from its other UDP ports. See docs/decisions/0232-sockets-without-events.md.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { ProcessFacts, RawSocket } from '#model/host.ts';
import { isInet } from './socket-row.ts';
import type { SocketRow } from './socket-table.ts';

const DNS = 53;
/** Ports below are no resolver's choice for a question. */
export const FIRST_UNPRIVILEGED = 1024;
/** Doors remembered; the oldest goes. */
const MAX_SERVED = 8192;

export class Resolvers {
  /** By user and executable. */
  #programs = new Set<string>();
  /** Their UDP ports that were rows, by program and port. */
  readonly #served = new BoundedMap<string, true>(MAX_SERVED);

  /** A question may go out from there, and no other door of this process is known at that port. */
  askFrom(
    { protocol, localPort }: Pick<RawSocket, 'protocol' | 'localPort'>,
    process: ProcessFacts | undefined,
  ): boolean {
    if (protocol !== 'udp' || localPort < FIRST_UNPRIVILEGED || process === undefined) return false;
    const program = `${process.uid} ${process.exe}`;
    return this.#programs.has(program) && !this.#served.has(`${program} ${localPort}`);
  }

  /** A resolver's other doors (5353, 5355) are rows before it is known to be one; they stay so when it is restarted. */
  note(rows: readonly SocketRow[]): void {
    this.#programs = new Set(rows.filter((row) => row.port === DNS && isInet(row)).map(programOf));
    if (this.#programs.size === 0) return;
    for (const row of rows) {
      if (row.protocol === 'udp' && row.port >= FIRST_UNPRIVILEGED && this.#programs.has(programOf(row)))
        this.#served.set(`${programOf(row)} ${row.port}`, true);
    }
  }
}

function programOf({ uid, exeNow }: SocketRow): string {
  return `${uid} ${exeNow}`;
}
