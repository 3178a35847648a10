/** Puts the answers together: responders with their settings and doors, and who is never blocked. */

import { lookup } from 'node:dns/promises';
import type { AnswerParts, Way } from '#engine/responding.ts';
import { openEditor } from '#host/edit-file.ts';
import { openExec } from '#host/exec.ts';
import { openPacketLog } from '#host/nflog.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import { VerbError } from '#model/verbs.ts';

/** Blocks by the kernel are few, and each is to be known at once: 10 ms is the kernel's shortest wait. */
const logOptions = { namespace: 0, threshold: 32, timeoutMs: 10, bufferBytes: 512 << 10 } as const;
const resolvedForMs = 600_000;
const resolvePatienceMs = 1_000;

/** What is asked of the answers beside the settings. `tag`: see `ResponderContext`; undefined: nothing may be changed. */
export interface AnswerSurroundings {
  readonly settings: Settings;
  readonly host: Host;
  readonly tag: string | undefined;
  readonly signal: AbortSignal;
  /** Names of responders that blocks stand at, as far as the store knows. */
  readonly retired: ReadonlySet<string>;
}

/** The answers of this machine. */
export async function answersFor(at: AnswerSurroundings): Promise<AnswerParts> {
  const { settings, host, tag } = at;
  const resolve = resolver();
  return {
    settings: settings.answers,
    ways: tag === undefined ? [] : await waysOf({ ...at, tag }),
    async neverBlock(signal) {
      const { neverBlock } = await import('#responders/never-block.ts');
      const services = settings.notifiers.flatMap(({ name, own }) => {
        const server = serverOf(own);
        return server === undefined ? [] : [{ name: server, why: `the server of the notifier "${name}"` }];
      });
      return await neverBlock(host, { settings: settings.answers, services, resolve }, signal);
    },
  };
}

/** In the order of the settings; behind them those that were taken out of them while blocks stand there. */
async function waysOf(at: AnswerSurroundings & { readonly tag: string }): Promise<Way[]> {
  const { settings, host, tag, signal, retired } = at;
  const { responders, defaultsOf } = await import('#responders/index.ts');
  const { answers } = settings;
  const chosen = answers.responders.length > 0 ? answers.responders : [{ type: 'nftables', own: undefined }];
  const doors = {
    exec: openExec(),
    editor: openEditor(),
    files: host.files,
    clock: host.clock,
    datagram: host.datagram.bind(host),
    logGroup: (snapBytes: number) => openPacketLog({ ...logOptions, snapBytes, nowMs: () => host.clock.nowMs() }),
    tag,
    signal,
    unattended: answers.mode === 'on',
  };
  const ways = chosen.map(({ type, own }): Way => {
    const responder = responders.find(({ name }) => name === type);
    if (responder === undefined) throw new VerbError('CONFIG', `Unknown responder "${type}"`);
    const { name, kinds } = responder;
    return { name, kinds, open: () => responder.open({ ...doors, settings: own ?? defaultsOf(responder) }) };
  });
  const gone = responders.filter(({ name, once }) => once !== true && retired.has(name));
  const left = gone.filter(({ name }) => ways.every((way) => way.name !== name));
  // They put nothing up any more, but take away what they left.
  const last = left.map((responder): Way => {
    const open = (): ReturnType<Way['open']> => responder.open({ ...doors, settings: defaultsOf(responder) });
    return { name: responder.name, kinds: [], open };
  });
  return [...ways, ...last];
}

/** Notifiers that speak to another host name it in "server" or "host". */
function serverOf(own: unknown): string | undefined {
  if (typeof own !== 'object' || own === null) return undefined;
  const { server, host } = own as { readonly server?: unknown; readonly host?: unknown };
  const name = server ?? host;
  return typeof name === 'string' ? name.replace(/^\[(.*)\](?::\d+)?$|^([^:]+):\d+$/, '$1$2') : undefined;
}

/** Remembers answers, good or bad: a name server that is down must not slow every decision. */
function resolver(): (name: string) => Promise<readonly string[]> {
  const known = new BoundedMap<string, { readonly addresses: readonly string[]; readonly atMs: number }>(256);
  return async (name) => {
    const found = known.get(name);
    if (found !== undefined && performance.now() - found.atMs < resolvedForMs) return found.addresses;
    const patience = Promise.withResolvers<readonly string[]>();
    const timer = setTimeout(() => patience.resolve(found?.addresses ?? []), resolvePatienceMs);
    const asked = lookup(name, { all: true }).then(
      (list) => list.map(({ address }) => address),
      () => found?.addresses ?? [],
    );
    const addresses = await Promise.race([asked, patience.promise]);
    clearTimeout(timer);
    known.set(name, { addresses, atMs: performance.now() });
    return addresses;
  };
}
