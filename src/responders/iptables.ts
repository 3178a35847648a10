/** Drops with iptables: an ipset whose entries end by themselves where there is ipset, else a rule each. See docs/responders/iptables.md. */

import * as v from 'valibot';
import {
  type Action,
  type Applied,
  defineResponder,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import { oneByOne, readTool, runTool, type Tool } from './running.ts';

const settings = v.strictObject({
  ipset: v.pipe(
    v.optional(v.boolean('is neither true nor false'), true),
    v.description('Use ipset where it is installed: the kernel ends each entry by itself.'),
  ),
});

type Settings = v.InferOutput<typeof settings>;
type Family = 4 | 6;

const families: readonly Family[] = [4, 6];
/** Longest timeout that ipset takes: 2^32 / 1000 seconds (ipset(8)). */
const longestSeconds = 2_147_483;

export default defineResponder<Settings>({
  name: 'iptables',
  doc: 'Drops what comes from the address, in a chain of our own that INPUT and FORWARD jump to.',
  settings,
  kinds: ['drop'],
  open: (context) => Promise.resolve(new Iptables(context)),
});

class Iptables implements OpenResponder {
  readonly #context: ResponderContext<Settings>;
  readonly #chain: string;
  readonly #set: string;
  readonly #ipset: Tool;
  readonly #tables: Readonly<Record<Family, Tool>>;
  #ready = false;

  constructor(context: ResponderContext<Settings>) {
    const { exec, signal, tag } = context;
    this.#context = context;
    // A chain's name has at most 28 characters, a set's 31.
    this.#chain = `TELLTALE-${tag}`;
    this.#set = `telltale-${tag}`;
    this.#ipset = { exec, signal, paths: ['/usr/sbin/ipset', '/sbin/ipset'], package: 'ipset' };
    const tool = (name: string): Tool => ({
      exec,
      signal,
      paths: [`/usr/sbin/${name}`, `/sbin/${name}`],
      package: 'iptables',
    });
    this.#tables = { 4: tool('iptables'), 6: tool('ip6tables') };
  }

  async apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    const failure = await this.#prepare(actions);
    if (failure !== undefined) return actions.map(({ id }) => ({ id, failure }));
    return await oneByOne(actions, (action) => this.#put(action), { chain: this.#chain });
  }

  async undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    return await oneByOne(actions, ({ target }) => this.#remove(target));
  }

  async restore(standing: readonly Action[]): Promise<readonly Applied[]> {
    if (standing.length === 0) {
      await this.clear();
      return [];
    }
    // What stands goes on standing while the rest is taken out.
    const applied = await this.apply(standing);
    const wanted = new Set(standing.map(({ target }) => target));
    for (const target of await this.#targets()) if (!wanted.has(target)) await this.#remove(target);
    return applied;
  }

  async clear(): Promise<void> {
    for (const family of families) {
      const tool = this.#tables[family];
      for (const hook of ['INPUT', 'FORWARD'])
        while ((await runTool(tool, ['-w', '5', '-D', hook, '-j', this.#chain])) === undefined);
      await runTool(tool, ['-w', '5', '-F', this.#chain]);
      await runTool(tool, ['-w', '5', '-X', this.#chain]);
      await runTool(this.#ipset, ['destroy', `${this.#set}-${family}`]);
    }
    this.#ready = false;
  }

  async intact(): Promise<boolean> {
    if (!this.#ready) return true;
    return (await runTool(this.#tables[4], ['-w', '5', '-C', 'INPUT', '-j', this.#chain])) === undefined;
  }

  /** Chain, jumps and sets; each is there or made, so that it may be done again at any time. */
  async #prepare(actions: readonly Action[]): Promise<string | undefined> {
    if (this.#ready && (await this.intact())) return undefined;
    for (const family of families) {
      const failure = await this.#prepareFamily(family);
      // A host without IPv6 has no ip6tables to speak of: that is a failure only where an IPv6 address is to be blocked.
      if (failure !== undefined && (family === 4 || actions.some(({ target }) => target.includes(':')))) return failure;
    }
    this.#ready = true;
    return undefined;
  }

  async #prepareFamily(family: Family): Promise<string | undefined> {
    const tool = this.#tables[family];
    const made = await runTool(tool, ['-w', '5', '-N', this.#chain]);
    if (made !== undefined && !/exists/i.test(made)) return made;
    // Who is blocked on the same wire may still ask where we are: else our own neighbour table fills with failures.
    for (const type of family === 6 ? ['neighbour-solicitation', 'neighbour-advertisement'] : []) {
      const rule = [this.#chain, '-p', 'icmpv6', '--icmpv6-type', type, '-j', 'RETURN'];
      const failed = await this.#ensureRule(tool, rule);
      if (failed !== undefined) return failed;
    }
    if (this.#usesSets()) {
      const kind = ['hash:net', 'family', family === 4 ? 'inet' : 'inet6', 'timeout', '3600', 'maxelem', '65536'];
      const failure = await runTool(this.#ipset, ['create', '-exist', `${this.#set}-${family}`, ...kind]);
      if (failure !== undefined) return failure;
      const rule = [this.#chain, '-m', 'set', '--match-set', `${this.#set}-${family}`, 'src', '-j', 'DROP'];
      const failed = await this.#ensureRule(tool, rule);
      if (failed !== undefined) return failed;
    }
    // At the top: a rule that accepts everything established must not come first.
    for (const hook of ['INPUT', 'FORWARD']) {
      const failed = await this.#ensureRule(tool, [hook, '-j', this.#chain], true);
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  async #ensureRule(tool: Tool, rule: readonly string[], first = false): Promise<string | undefined> {
    if ((await runTool(tool, ['-w', '5', '-C', ...rule])) === undefined) return undefined;
    return await runTool(tool, ['-w', '5', first ? '-I' : '-A', ...rule]);
  }

  async #put({ target, untilMs }: Action): Promise<string | undefined> {
    const family = familyOf(target);
    if (!this.#usesSets())
      return await this.#ensureRule(this.#tables[family], [this.#chain, '-s', target, '-j', 'DROP']);
    const left = Math.min(longestSeconds, Math.max(1, Math.ceil((untilMs - this.#context.clock.nowMs()) / 1000)));
    const [set, timeout] = [`${this.#set}-${family}`, String(left)];
    // hash:net takes no /0.
    return await runTool(this.#ipset, ['add', '-exist', set, target, 'timeout', timeout]);
  }

  async #remove(target: string): Promise<string | undefined> {
    const family = familyOf(target);
    const failure = this.#usesSets()
      ? await runTool(this.#ipset, ['del', '-exist', `${this.#set}-${family}`, target])
      : await runTool(this.#tables[family], ['-w', '5', '-D', this.#chain, '-s', target, '-j', 'DROP']);
    // Not there any more: somebody flushed it, or its time was over.
    return failure !== undefined && /does not exist|Bad rule|No chain|doesn't exist|doesn’t exist/i.test(failure)
      ? undefined
      : failure;
  }

  /** What stands in the set or in the chain. */
  async #targets(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const family of families) {
      const text = this.#usesSets()
        ? await readTool(this.#ipset, ['save', `${this.#set}-${family}`])
        : await readTool(this.#tables[family], ['-w', '5', '-S', this.#chain]);
      for (const line of (text ?? '').split('\n')) {
        const target = (/^add \S+ (\S+)/.exec(line) ?? /^-A \S+ -s (\S+) -j DROP$/.exec(line))?.[1];
        if (target !== undefined) found.push(target.replace(/\/(?:32|128)$/, ''));
      }
    }
    return found;
  }

  #usesSets(): boolean {
    return this.#context.settings.ipset && this.#ipset.exec.find(this.#ipset.paths) !== undefined;
  }
}

function familyOf(target: string): Family {
  return target.includes(':') ? 6 : 4;
}
