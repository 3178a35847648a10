/** Drops or slows down what comes from an address in a table of our own. See docs/responders/nftables.md. */

import * as v from 'valibot';
import { parseNftSets } from '#formats/nft-set.ts';
import { readPacket } from '#formats/packet.ts';
import { makePacketHeader } from '#formats/packet-header.ts';
import type { IpPrefix } from '#lib/ip-prefix.ts';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';
import { isFailure } from '#model/host.ts';
import type { HeardPacket } from '#model/packets.ts';
import {
  type Action,
  type Applied,
  type BlockKind,
  defineResponder,
  hasFailed,
  type KernelBlock,
  type LogGroup,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import {
  addElement,
  createElement,
  removeBan,
  removeElement,
  spareElements,
  type TableParts,
  TRIGGER_SNAP_BYTES,
  type Trigger,
  tableName,
  wholeTable,
} from './nftables-script.ts';
import { durationSetting, numberSetting } from './setting-types.ts';

const settings = v.strictObject({
  packetsPerSecond: v.pipe(
    v.optional(numberSetting(1, 10_000), 10),
    v.description('What a source under rate-limit still gets through.'),
  ),
  delay: v.pipe(
    v.optional(v.boolean('is neither true nor false'), true),
    v.description(
      'After a few closed TCP ports the kernel answers a source only when it asks again for the same connection, as clients do after a second and scanners do not.',
    ),
  ),
  atOnce: v.pipe(
    v.optional(v.boolean('is neither true nor false'), false),
    v.description('Instead of that the kernel shuts the source out for a moment.'),
  ),
  atOncePorts: v.pipe(
    v.optional(numberSetting(2, 1000), 3),
    v.description('After how many closed ports within a minute.'),
  ),
  atOnceFor: v.pipe(
    v.optional(durationSetting(1_000, 3_600_000, '1 min'), '1 min'),
    v.description('For how long; the source may be forged, so keep it short.'),
  ),
});

type Settings = v.InferOutput<typeof settings>;

/** Blocks of one turn that wait to be handed on; more are read from the set. */
const mostNews = 1024;
/** Bytes of a packet that are kept as evidence. */
const evidenceBytes = 60;

/** Where nft lies; Debian, and the others. */
const programs = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'];

export default defineResponder<Settings>({
  name: 'nftables',
  doc: 'Drops what comes from the address, or lets only a little through, in a table of its own; the kernel ends it.',
  settings,
  kinds: ['drop', 'rate-limit'],
  open: (context) => Promise.resolve(new Nftables(context)),
});

class Nftables implements OpenResponder {
  readonly #context: ResponderContext<Settings>;
  readonly #parts: TableParts;
  /** Where the kernel tells whom its trigger shut out; open while there is a trigger. */
  #log: LogGroup | undefined;
  #spared: readonly IpPrefix[] = [];
  /** The table is put up with the first block: who blocks nobody has no table. */
  #stands = false;
  /** What stands by our doing: somebody may flush the whole packet filter, then all of it is put up again. */
  readonly #standing = new Map<string, Action>();

  constructor(context: ResponderContext<Settings>) {
    const { packetsPerSecond, delay, atOnce, atOncePorts, atOnceFor } = context.settings;
    const how = atOnce ? 'ban' : 'delay';
    const wanted = (atOnce || delay) && context.unattended;
    this.#context = context;
    this.#parts = {
      table: tableName(context.tag),
      packetsPerSecond,
      trigger: wanted ? { how, ports: atOncePorts, forMs: atOnceFor, group: this.#group() } : undefined,
    };
  }

  async apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    const nowMs = this.#context.clock.nowMs();
    if (!this.#stands) {
      const failure = await this.#putUp([...this.#standing.values()]);
      if (failure !== undefined) return actions.map(({ id }) => ({ id, failure }));
    }
    const applied = await this.#create(actions, nowMs);
    for (const [index, action] of actions.entries())
      if (applied[index] !== undefined && !hasFailed(applied[index])) this.#standing.set(action.id, action);
    return applied;
  }

  async undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    const { table, trigger } = this.#parts;
    for (const { id } of actions) this.#standing.delete(id);
    const there = await this.#nft(['-t', 'list', 'table', 'inet', table], '');
    if (there !== undefined && /no such file|does not exist/i.test(there))
      return actions.map(({ id, undo }) => ({ id, undo }));
    return await this.#each(actions, (action) =>
      [...removeElement(table, action), ...(trigger === undefined ? [] : removeBan(table, action.target))].join('\n'),
    );
  }

  async restore(standing: readonly Action[]): Promise<readonly Applied[]> {
    const { trigger, table } = this.#parts;
    this.#standing.clear();
    if (standing.length === 0 && trigger === undefined) {
      // Also what a killed daemon with other settings left; a machine without nft has no table either.
      if (this.#program() !== undefined) await this.#script([`add table inet ${table}`, `delete table inet ${table}`]);
      return [];
    }
    const failure = await this.#putUp(standing);
    if (failure === undefined) {
      for (const action of standing) this.#standing.set(action.id, action);
      return standing.map(({ id }) => ({ id, undo: { table } }));
    }
    // One bad element must not keep the others out.
    return await this.apply(standing);
  }

  async clear(): Promise<void> {
    const { table } = this.#parts;
    if (this.#program() === undefined) return;
    await this.#script([`add table inet ${table}`, `delete table inet ${table}`]);
    this.#stands = false;
    this.#standing.clear();
  }

  /** The table may have been flushed ("nft flush ruleset", the restart of a firewall) since we put it up. */
  async intact(): Promise<boolean> {
    return this.#stands && (await this.#nft(['-t', 'list', 'table', 'inet', this.#parts.table], '')) === undefined;
  }

  async spare(prefixes: readonly IpPrefix[]): Promise<void> {
    this.#spared = prefixes;
    if (this.#stands && this.#parts.trigger !== undefined)
      await this.#script(spareElements(this.#parts.table, prefixes));
  }

  hearKernel(heard: (blocks: readonly KernelBlock[]) => void): void {
    const { trigger } = this.#parts;
    if (this.#log === undefined || trigger === undefined) return;
    const header = makePacketHeader();
    let news: KernelBlock[] = [];
    this.#log.start(
      (packet) => {
        if (news.length >= mostNews || !readPacket(packet.bytes, packet.start, packet.end, header)) return;
        const { family, sourceAt, targetPort: port } = header;
        const target = family === 4 ? ipv4Text(packet.bytes, sourceAt) : network64(packet.bytes, sourceAt);
        const untilMs = this.#context.clock.nowMs() + trigger.forMs;
        news.push({ target, untilMs, kind: kindOf(trigger), port, packet: hexOf(packet) });
      },
      () => {
        const told = news;
        news = [];
        heard(told);
      },
    );
  }

  async kernelBlocks() {
    const { trigger } = this.#parts;
    if (trigger === undefined || !this.#stands) return [];
    const program = this.#program();
    if (program === undefined) return [];
    // One set a run: nft 1.0.6 looks for the second of two in the cache of the first, and fails.
    const runs = ['ban4', 'ban6'].map(async (set) => {
      const args = ['-j', 'list', 'set', 'inet', this.#parts.table, set];
      return await this.#context.exec.run({ program, args, maxBytes: 16 << 20 }, this.#context.signal);
    });
    const said = (await Promise.all(runs)).map(({ code, stdout }) => (code === 0 ? stdout : ''));
    const nowMs = this.#context.clock.nowMs();
    return parseNftSets(said.join('\n')).rows.map(({ set, prefix, expiresMs, packets }) => ({
      target: set === 'ban6' ? `${prefix}/64` : prefix,
      untilMs: nowMs + expiresMs,
      kind: kindOf(trigger),
      // Under a delay what met the set was not all dropped.
      dropped: trigger.how === 'ban' ? packets : 0,
    }));
  }

  /** Without a group (no rights, no nfnetlink_log) the set alone tells, a little later. */
  #group(): number | undefined {
    const opened = this.#context.logGroup(TRIGGER_SNAP_BYTES);
    if (isFailure(opened)) return undefined;
    this.#log = opened;
    this.#context.signal.addEventListener('abort', () => opened[Symbol.dispose](), { once: true });
    return opened.group;
  }

  #program(): string | undefined {
    return this.#context.exec.find(programs);
  }

  async #putUp(standing: readonly Action[]): Promise<string | undefined> {
    const nowMs = this.#context.clock.nowMs();
    const script = wholeTable(this.#parts, standing, { nowMs, spared: this.#spared });
    const failure = await this.#script([script]);
    this.#stands = failure === undefined;
    return failure;
  }

  /** Most blocks are new: only one that stands already needs the slow way, in which it is taken out first. */
  async #create(actions: readonly Action[], nowMs: number): Promise<readonly Applied[]> {
    const { table } = this.#parts;
    const failure = await this.#script(actions.map((action) => createElement(table, action, nowMs)));
    if (failure === undefined) return actions.map(({ id }) => ({ id, undo: { table } }));
    if (!(await this.intact())) {
      const gone = await this.#putUp([...this.#standing.values()]);
      if (gone !== undefined) return actions.map(({ id }) => ({ id, failure: gone }));
    }
    return await this.#each(actions, (action) => addElement(table, action, nowMs));
  }

  /** All in one transaction; one by one where the kernel refuses that. */
  async #each(actions: readonly Action[], lines: (action: Action) => string): Promise<readonly Applied[]> {
    const undo = { table: this.#parts.table };
    const failure = actions.length === 0 ? undefined : await this.#script(actions.map(lines));
    if (failure === undefined) return actions.map(({ id }) => ({ id, undo }));
    if (actions.length === 1) return actions.map(({ id }) => ({ id, failure }));
    const applied: Applied[] = [];
    for (const action of actions) applied.push(...(await this.#each([action], lines)));
    return applied;
  }

  async #script(lines: readonly string[]): Promise<string | undefined> {
    return await this.#nft(['-f', '-'], `${lines.join('\n')}\n`);
  }

  /** Undefined when it went well, else why not. */
  async #nft(args: readonly string[], stdin: string): Promise<string | undefined> {
    const program = this.#program();
    if (program === undefined) return 'there is no nft here; install the package nftables';
    const ran = await this.#context.exec.run({ program, args, stdin, maxBytes: 16 << 20 }, this.#context.signal);
    if (ran.code === 0) return undefined;
    const [first = ''] = ran.stderr.trim().split('\n');
    return `nft: ${ran.why === '' ? first.slice(0, 300) : ran.why}`;
  }
}

function kindOf({ how }: Trigger): BlockKind {
  return how === 'ban' ? 'drop' : 'rate-limit';
}

function network64(bytes: Buffer, at: number): string {
  const network = Buffer.alloc(16);
  bytes.copy(network, 0, at, at + 8);
  return `${ipv6Text(network)}/64`;
}

function hexOf({ bytes, start, end }: HeardPacket): string {
  return bytes.toString('hex', start, Math.min(end, start + evidenceBytes));
}
