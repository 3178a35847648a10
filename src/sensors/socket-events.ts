/** Hears of listeners the moment they open and close: see docs/sensors/socket-events.md. */

import type { Host, KernelEvent } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { memoryOf, type SocketMemory } from './socket-memory.ts';
import { isInet, rowOfEvent, type Seen } from './socket-row.ts';
import type { SocketRow } from './socket-table.ts';
import { type SocketViews, viewsOf } from './socket-views.ts';
import { CrowdOfBinds } from './udp-crowd.ts';

const TABLE = 'sockets';
const SOCKETS: ReadonlySet<KernelEvent['kind']> = new Set(['listen', 'unlisten', 'bind']);

const socketEvents: Listener = {
  name: 'socket-events',
  doc: 'Kernel events of listen(), close() and bind(), joined with the process that did it.',
  table: TABLE,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, ['listen', 'unlisten', 'bind', 'exit']);
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
  return (event) => {
    const stale: SensorEvent<SocketRow> = { timeMs: event.timeMs, kind: 'stale', table: TABLE };
    if (event.kind === 'exit') return memory.holdsSilently(event.pid) ? stale : undefined;
    if (!SOCKETS.has(event.kind)) return undefined;
    const place = placeOfEvent(host, event);
    if (place === 'elsewhere') return undefined;
    if (event.protocol === 'tcp' && event.namespace === 0) viewsOf(host).unclear(event.port);
    if (place === 'unclear') return stale;
    if (event.kind === 'unlisten') return closed(host, memory, place, stale);
    if (event.kind === 'listen') return opened(host, memory, place, event);
    return bound({ host, memory, crowd }, place, event, stale);
  };
}

/** `elsewhere`: another namespace than the one we watch. `unclear`: not enough is known for a row; a look will tell. */
function placeOfEvent(host: Host, event: KernelEvent): Seen | 'elsewhere' | 'unclear' {
  if (host.scope === 'own' && event.namespace !== 0) {
    const own = host.network.namespaces('own').some((namespace) => namespace.inode === event.namespace);
    if (!own) return 'elsewhere';
  }
  if (host.scope === 'own' && event.namespace === 0) return 'unclear';
  if (event.family === '' || event.protocol === '' || !isInet(event)) return 'unclear';
  return {
    namespace: event.namespace,
    family: event.family,
    protocol: event.protocol,
    state: event.protocol === 'tcp' ? 'LISTEN' : 'UNCONN',
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

function opened(host: Host, memory: SocketMemory, place: Seen, event: KernelEvent): SensorEvent<SocketRow> {
  const row = rowOfEvent(host, place, event.process, { early: false, verify: false, ephemeral: false });
  const told = event.process === undefined ? { ...row, pid: event.pid } : row;
  memory.noteHeard(told);
  if (place.protocol === 'tcp' && place.namespace !== 0) viewsOf(host).opened(told, place.localPort);
  return { timeMs: event.timeMs, kind: 'appeared', table: TABLE, row: told };
}

function closed(host: Host, memory: SocketMemory, place: Seen, stale: SensorEvent<SocketRow>): SensorEvent<SocketRow> {
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
  return row === undefined ? stale : { timeMs: stale.timeMs, kind: 'disappeared', table: TABLE, row };
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
  if (memory.isClientPort(place) && crowd.joins(event)) return undefined;
  memory.noteBind(place);
  return opened(host, memory, place, event);
}
