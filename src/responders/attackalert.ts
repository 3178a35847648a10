/** PortSentry's line about a block, in syslog, for what reads it. See docs/responders/attackalert.md. */

import * as v from 'valibot';
import { blockedLine, syslogMessage } from '#formats/attackalert.ts';
import {
  type Action,
  type Applied,
  defineResponder,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import { pathSetting } from './setting-types.ts';

const text = v.pipe(
  v.string('is no text'),
  v.maxLength(400, 'is longer than 400 characters'),
  v.regex(/^\P{Cc}*$/u, 'holds control characters'),
);

const settings = v.strictObject({
  route: v.pipe(
    v.optional(text, 'nft add element inet telltale { $TARGET$ }'),
    v.description('The command that the line names; "" for no such line.'),
  ),
  wrappers: v.pipe(
    v.optional(text, ''),
    v.description('The string that the line about TCP wrappers names; "" for none.'),
  ),
  socket: v.optional(pathSetting, '/dev/log'),
});

type Settings = v.InferOutput<typeof settings>;

export default defineResponder<Settings>({
  name: 'attackalert',
  doc: 'Writes "attackalert: Host … has been blocked via …" to syslog, as PortSentry did; blocks nothing itself.',
  settings,
  kinds: ['drop'],
  once: true,
  open: (context) => Promise.resolve(new AttackalertLines(context)),
});

class AttackalertLines implements OpenResponder {
  readonly #context: ResponderContext<Settings>;

  constructor(context: ResponderContext<Settings>) {
    this.#context = context;
  }

  apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    return Promise.resolve(
      actions.map(({ id, target }) => {
        const failure = this.#tell(target);
        return failure === undefined ? { id, undo: {} } : { id, failure };
      }),
    );
  }

  /** Nothing to take down: a line is a line. */
  undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    return Promise.resolve(actions.map(({ id }) => ({ id, undo: {} })));
  }

  restore(standing: readonly Action[]): Promise<readonly Applied[]> {
    return this.undo(standing);
  }

  clear(): Promise<void> {
    return Promise.resolve();
  }

  #tell(target: string): string | undefined {
    const { settings: own, datagram, clock } = this.#context;
    const fill = (words: string): string => words.replaceAll('$TARGET$', target);
    const lines = [
      ...(own.wrappers === '' ? [] : [blockedLine(target, { wrappers: fill(own.wrappers) })]),
      ...(own.route === '' ? [] : [blockedLine(target, { route: fill(own.route) })]),
    ];
    for (const line of lines) {
      const failure = datagram(own.socket, syslogMessage(line, { timeMs: clock.nowMs(), pid: process.pid }));
      if (failure !== undefined) return `"${own.socket}" takes no line: ${failure.error}`;
    }
    return undefined;
  }
}
