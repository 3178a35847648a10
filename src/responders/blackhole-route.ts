/** Routes answers to the address into nothing. See docs/responders/blackhole-route.md. */

import * as v from 'valibot';
import {
  type Action,
  type Applied,
  defineResponder,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import { oneByOne, readTool, runTool, type Tool } from './running.ts';
import { numberSetting } from './setting-types.ts';

const settings = v.strictObject({
  protocol: v.pipe(
    v.optional(numberSetting(4, 255), 227),
    v.description('Number that marks our routes (rtnetlink(7), rtm_protocol): nothing else may use it.'),
  ),
});

type Settings = v.InferOutput<typeof settings>;

export default defineResponder<Settings>({
  name: 'blackhole-route',
  doc: 'Routes answers to the address into nothing: no connection can be made, but its packets still arrive.',
  settings,
  kinds: ['drop'],
  open: (context) => Promise.resolve(new BlackholeRoute(context)),
});

class BlackholeRoute implements OpenResponder {
  readonly #tool: Tool;
  readonly #protocol: string;

  constructor({ exec, signal, settings: { protocol } }: ResponderContext<Settings>) {
    this.#tool = { exec, signal, paths: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'], package: 'iproute2' };
    this.#protocol = String(protocol);
  }

  async apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    // `replace`: a route of ours that stands already is no failure. A host route of somebody else's would be replaced
    // as well, and lost with the undo: such a target is refused.
    return await oneByOne(actions, async ({ target }) => {
      const there = await readTool(this.#tool, [
        '-N',
        '-o',
        target.includes(':') ? '-6' : '-4',
        'route',
        'show',
        'exact',
        target,
      ]);
      if (there !== undefined && there.trim() !== '' && !this.#isOurs(there))
        return `there is a route to ${target} already, which is not ours: ${there.trim().slice(0, 100)}`;
      return await runTool(this.#tool, ['route', 'replace', 'blackhole', target, 'proto', this.#protocol]);
    });
  }

  async undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    return await oneByOne(actions, async ({ target }) => {
      const failure = await runTool(this.#tool, ['route', 'del', 'blackhole', target, 'proto', this.#protocol]);
      // ESRCH: somebody took it away already.
      return failure !== undefined && /No such process/.test(failure) ? undefined : failure;
    });
  }

  async restore(standing: readonly Action[]): Promise<readonly Applied[]> {
    const wanted = new Set(standing.map(({ target }) => target));
    for (const target of await this.#ours()) {
      if (!wanted.has(target))
        await runTool(this.#tool, ['route', 'del', 'blackhole', target, 'proto', this.#protocol]);
    }
    return await this.apply(standing);
  }

  async clear(): Promise<void> {
    for (const family of ['-4', '-6'])
      await runTool(this.#tool, [family, 'route', 'flush', 'type', 'blackhole', 'proto', this.#protocol]);
  }

  /** -N prints numbers: RTN_BLACKHOLE is 6 (linux/rtnetlink.h). */
  #isOurs(line: string): boolean {
    return new RegExp(`^(?:6|blackhole) .*\\bproto ${this.#protocol}\\b`).test(line.trim());
  }

  async #ours(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const family of ['-4', '-6']) {
      const text = await readTool(this.#tool, [family, 'route', 'show', 'type', 'blackhole', 'proto', this.#protocol]);
      for (const line of (text ?? '').split('\n')) {
        const target = /^blackhole (\S+)/.exec(line)?.[1];
        if (target !== undefined) found.push(target);
      }
    }
    return found;
  }
}
