/** Hears of listeners the moment they open and close: see docs/sensors/socket-events.md. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host, KernelEvent } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { memoryOf, type SocketMemory } from './socket-memory.ts';
import { isInet, rowOfEvent, type Seen } from './socket-row.ts';
import type { SocketRow } from './socket-table.ts';
import { type SocketViews, viewsOf } from './socket-views.ts';
import { CrowdOfBinds } from './udp-crowd.ts';

const TABLE = 'sockets';
/** A socket of MPTCP listens through one of TCP, with an event of its own: that one is the row, as in a look. */
const NO_ROW: ReadonlySet<string> = new Set(['', 'mptcp']);
/** Listeners heard of whose port the kernel had not chosen yet; the oldest is forgotten. */
const MAX_UNNUMBERED = 256;
/** The look that such a listener asks for is over by then: what closes later is known from it. */
const UNNUMBERED_MS = 2000;
const SOCKETS: ReadonlySet<KernelEvent['kind']> = new Set(['listen', 'unlisten', 'bind']);

const socketEvents: Listener = {
  name: 'socket-events',
  doc: 'Kernel events of listen(), close() and bind(), joined with the process that did it.',
  table: TABLE,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, ['listen', 'unlisten', 'bind', 'exec', 'exit']);
    const views = viewsOf(host);
    views.arm(kernel);
    const translate = translator(host);
    // No package owns this: the whole database is read now, so that the first unknown program need not wait for it.
    host.packages.ownerOf('/telltale-reads-the-package-database');
    return {
      events: translated(kernel.batches, translate, views),
      lost: () => kernel.lost(),
      by: kernel.by,
      gaps: kernel.gaps,
      [Symbol.asyncDispose]() {
        views.disarm();
        return kernel[Symbol.asyncDispose]();
      },
    };
  },
};
export default socketEvents;

async function* translated(
  batches: AsyncIterable<readonly KernelEvent[]>,
  translate: (event: KernelEvent) => SensorEvent | undefined,
  views: SocketViews,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const events: SensorEvent[] = [];
    for (const event of batch) {
      const told = translate(event);
      // One "look again" a batch is enough, however many system calls asked for it.
      if (told !== undefined && !(told.kind === 'stale' && events.at(-1)?.kind === 'stale')) events.push(told);
    }
    views.heardUntil(batch.at(-1)?.timeMs ?? 0);
    // An empty batch of the kernel's says that something was lost: it goes on, so that the loss is looked at now.
    if (events.length > 0 || batch.length === 0) yield events;
  }
}

/** Event of the kernel → event of the table; undefined for what is no news of a socket that receives. */
export function translator(host: Host): (event: KernelEvent) => SensorEvent<SocketRow> | undefined {
  const memory = memoryOf(host);
  const crowd = new CrowdOfBinds(host.clock);
  const unnumbered = new Unnumbered(host);
  return (event) => {
    const stale: SensorEvent<SocketRow> = { timeMs: event.timeMs, kind: 'stale', table: TABLE };
    if (event.kind === 'exit' || event.kind === 'exec') return memory.holds(event.pid) ? stale : undefined;
    if (!SOCKETS.has(event.kind)) return undefined;
    const place = placeOfEvent(host, event);
    if (place === 'elsewhere') return undefined;
    if (event.protocol === 'tcp' && event.namespace === 0) viewsOf(host).unclear(event.port);
    if (place === 'unclear') return stale;
    if (event.kind === 'bind') return bound({ host, memory, crowd }, place, event, stale);
    return listened({ host, memory, unnumbered }, place, event) ?? stale;
  };
}

/** listen() or its end; undefined when only a look can tell. */
function listened(
  { host, memory, unnumbered }: { host: Host; memory: SocketMemory; unnumbered: Unnumbered },
  place: Seen,
  event: KernelEvent,
): SensorEvent<SocketRow> | undefined {
  if (event.kind === 'unlisten') return closed(host, memory, place, event) ?? unnumbered.told(place, event);
  return unnumbered.waits(event) ? undefined : opened(host, memory, place, event);
}

/** `elsewhere`: another namespace than the one we watch. `unclear`: not enough is known for a row; a look will tell. */
function placeOfEvent(host: Host, event: KernelEvent): Seen | 'elsewhere' | 'unclear' {
  if (host.scope === 'own' && event.namespace !== 0) {
    const own = host.network.namespaces('own').some((namespace) => namespace.inode === event.namespace);
    if (!own) return 'elsewhere';
  }
  if (host.scope === 'own' && event.namespace === 0) return 'unclear';
  const { family, protocol } = event;
  if (family === '' || NO_ROW.has(protocol) || !isInet(event)) return 'unclear';
  return {
    namespace: event.namespace,
    family,
    protocol,
    state: protocol === 'tcp' ? 'LISTEN' : 'UNCONN',
    localAddress: event.address,
    localPort: event.port,
    path: '',
    interfaceIndex: 0,
    number: 0,
    uid: event.process?.uid ?? -1,
    inode: 0,
    receiveQueueBytes: 0,
    sendQueueBytes: 0,
  };
}

/**
 * listen() without bind(): told before the kernel chooses the port (inet_csk_listen_start). The look that is asked for then
 * shows it; what closes before that look is told by its end, which knows the port.
 */
class Unnumbered {
  readonly #host: Host;
  readonly #waiting = new BoundedMap<string, KernelEvent>(MAX_UNNUMBERED);

  constructor(host: Host) {
    this.#host = host;
  }

  waits(event: KernelEvent): boolean {
    if (event.port !== 0) return false;
    viewsOf(this.#host).unclear(0);
    this.#waiting.set(unnumberedKey(event), event);
    return true;
  }

  told(place: Seen, event: KernelEvent): SensorEvent<SocketRow> | undefined {
    const before = this.#waiting.get(unnumberedKey(event));
    if (before === undefined || event.timeMs - before.timeMs > UNNUMBERED_MS) return undefined;
    return { timeMs: before.timeMs, kind: 'appeared', table: TABLE, row: rowHeard(this.#host, place, before) };
  }
}

function unnumberedKey({ namespace, family, address, pid }: KernelEvent): string {
  return `${namespace} ${family} ${address} ${pid}`;
}

function rowHeard(host: Host, place: Seen, event: KernelEvent): SocketRow {
  const row = rowOfEvent(host, place, event.process, { early: false, verify: false, ephemeral: false });
  return event.process === undefined ? { ...row, pid: event.pid } : row;
}

function opened(host: Host, memory: SocketMemory, place: Seen, event: KernelEvent): SensorEvent<SocketRow> {
  const told = rowHeard(host, place, event);
  memory.noteHeard(told);
  if (place.protocol === 'tcp' && place.namespace !== 0) viewsOf(host).opened(told, place.localPort);
  return { timeMs: event.timeMs, kind: 'appeared', table: TABLE, row: told };
}

function closed(host: Host, memory: SocketMemory, place: Seen, { timeMs }: KernelEvent) {
  const closing = {
    namespace: host.network.labelOf(place.namespace),
    family: place.family,
    protocol: place.protocol,
    address: place.localAddress,
    port: place.localPort,
    path: '',
  };
  if (place.protocol === 'tcp') viewsOf(host).closed(closing);
  const row = memory.takeClosed(closing);
  return row && ({ timeMs, kind: 'disappeared', table: TABLE, row } as const);
}

function bound(
  { host, memory, crowd }: { host: Host; memory: SocketMemory; crowd: CrowdOfBinds },
  place: Seen,
  event: KernelEvent,
  stale: SensorEvent<SocketRow>,
): SensorEvent<SocketRow> | undefined {
  // TCP tells of itself at listen(); a bind() to port 0 is a client's until it has stood for a minute.
  if (place.protocol === 'tcp') return undefined;
  if (!place.protocol.startsWith('udp')) return stale;
  if (place.localPort === 0) return undefined;
  if (memory.isQuestion(place, event.process)) return undefined;
  if (memory.isClientPort(place) && crowd.joins(event)) return undefined;
  memory.noteBind(place);
  return opened(host, memory, place, event);
}
