/** Lines in /etc/hosts.deny for TCP wrappers, and their removal. See docs/responders/hosts-deny.md. */

import * as v from 'valibot';
import {
  type Action,
  type Applied,
  defineResponder,
  type OpenResponder,
  type ResponderContext,
} from '#model/responder.ts';
import { pathSetting } from './setting-types.ts';

const settings = v.strictObject({
  path: v.pipe(v.optional(pathSetting, '/etc/hosts.deny'), v.description('The file that TCP wrappers read.')),
  line: v.pipe(
    v.optional(
      v.pipe(
        v.string('is no text'),
        v.check(
          (text) => text.includes('$TARGET$') && text.length <= 200 && !/\p{Cc}|#|\\/u.test(text),
          'needs $TARGET$ in it, and no "#", backslash or control character',
        ),
      ),
      'ALL: $TARGET$',
    ),
    v.description('What is written, as hosts_access(5) reads it; $TARGET$ is the address.'),
  ),
});

type Settings = v.InferOutput<typeof settings>;

export default defineResponder<Settings>({
  name: 'hosts-deny',
  doc: 'Writes the address into /etc/hosts.deny, for services that use TCP wrappers, and takes the line out again.',
  settings,
  kinds: ['drop'],
  open: (context) => Promise.resolve(new HostsDeny(context)),
});

class HostsDeny implements OpenResponder {
  readonly #context: ResponderContext<Settings>;
  readonly #mark: string;

  constructor(context: ResponderContext<Settings>) {
    this.#context = context;
    // On a line of its own: hosts_access(5) knows comments only at the beginning of a line.
    this.#mark = `# telltale ${context.tag} `;
  }

  apply(actions: readonly Action[]): Promise<readonly Applied[]> {
    const lines = (text: string): string =>
      actions.reduce(
        (before, { id, target }) => this.#without(before, new Set([id])) + this.#entry(id, target),
        withEnd(text),
      );
    return this.#edit(actions, lines);
  }

  undo(actions: readonly Action[]): Promise<readonly Applied[]> {
    const gone = new Set(actions.map(({ id }) => id));
    return this.#edit(actions, (text) => this.#without(text, gone));
  }

  restore(standing: readonly Action[]): Promise<readonly Applied[]> {
    const lines = (text: string): string => {
      const rest = this.#without(text, undefined);
      if (standing.length === 0) return rest;
      return withEnd(rest) + standing.map(({ id, target }) => this.#entry(id, target)).join('');
    };
    return this.#edit(standing, lines);
  }

  async clear(): Promise<void> {
    await this.#edit([], (text) => this.#without(text, undefined));
  }

  #edit(actions: readonly Action[], change: (text: string) => string): Promise<readonly Applied[]> {
    const { editor, settings: own } = this.#context;
    const failure = editor.edit(own.path, (text) => {
      const changed = change(text);
      // A file that is not there stays away when nothing is written into it.
      return text === '' && changed.trim() === '' ? undefined : changed;
    });
    return Promise.resolve(
      actions.map(({ id }) =>
        failure === undefined
          ? { id, undo: { path: own.path } }
          : { id, failure: `"${own.path}" cannot be changed: ${failure.error}` },
      ),
    );
  }

  #entry(id: string, target: string): string {
    // IPv6 stands in brackets there (hosts_access(5), "[net]/prefixlen").
    const [address = '', bits] = target.split('/');
    const named = address.includes(':') ? `[${address}]${bits === undefined ? '' : `/${bits}`}` : target;
    return `${this.#mark}${id}\n${this.#context.settings.line.replaceAll('$TARGET$', named)}\n`;
  }

  /** The text without our lines of these ids; of all when undefined. The rest stays as it is, byte by byte. */
  #without(text: string, ids: ReadonlySet<string> | undefined): string {
    const lines = text.split('\n');
    const kept: string[] = [];
    for (let at = 0; at < lines.length; at += 1) {
      const line = lines[at] ?? '';
      const ours = line.startsWith(this.#mark) && (ids === undefined || ids.has(line.slice(this.#mark.length)));
      if (ours) at += 1;
      else kept.push(line);
    }
    return kept.join('\n');
  }
}

/** Ends with a newline, so that what is added begins a line. */
function withEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
