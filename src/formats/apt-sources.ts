/** Repositories of apt: sources.list(5) in both styles. */

import { linesOf } from '#lib/parse-lines.ts';
import { parseStanzas } from './deb822.ts';

/** One repository. */
export interface AptSource {
  /** "deb" or "deb-src". */
  readonly types: string;
  readonly uris: readonly string[];
  readonly suites: string;
  readonly components: string;
  readonly enabled: boolean;
  /** Signatures are not asked for: `trusted=yes`, allow-insecure, allow-weak, allow-downgrade-to-insecure. */
  readonly unchecked: readonly string[];
  /** Key ring, fingerprints, or "in the file"; "" when every key of apt counts. */
  readonly signedBy: string;
}

export interface AptSources {
  readonly sources: readonly AptSource[];
  readonly rejects: readonly string[];
}

const UNCHECKED = ['trusted', 'allow-insecure', 'allow-weak', 'allow-downgrade-to-insecure'];
const YES = /^(?:yes|true|with|on|enable|1)$/i;

/** The one-line style: "deb [option=value] URI suite component …". */
export function parseSourcesList(text: string): AptSources {
  const sources: AptSource[] = [];
  const rejects: string[] = [];
  for (const line of linesOf(text)) {
    const bare = line.replace(/#.*$/, '').trim();
    if (bare === '') continue;
    const [, types, options = '', uri, suites, components = ''] =
      /^(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s*)?((?:cdrom:\[[^\]]*\])?\S*)\s+(\S+)\s*(.*)$/.exec(bare) ?? [];
    if (types === undefined || uri === undefined || uri === '' || suites === undefined) {
      rejects.push(bare);
      continue;
    }
    const values = new Map(
      [...options.matchAll(/([\w-]+)[+-]?=(\S*)/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]),
    );
    sources.push(sourceOf({ types, uris: [uri], suites, components, enabled: true }, values));
  }
  return { sources, rejects };
}

/** The style of stanzas: "Types:", "URIs:" … of .sources. */
export function parseSourcesStanzas(text: string): AptSources {
  const { stanzas, rejects } = parseStanzas(text);
  const sources = stanzas.map((stanza) => {
    const of = (name: string): string => (stanza.get(name) ?? '').replace(/\s+/g, ' ').trim();
    const enabled = !/^(?:no|false|without|off|disable|0)$/i.test(of('enabled'));
    const plain = {
      types: of('types'),
      uris: of('uris')
        .split(' ')
        .filter((uri) => uri !== ''),
      suites: of('suites'),
      components: of('components'),
      enabled,
    };
    return sourceOf(plain, stanza);
  });
  return { sources, rejects };
}

function sourceOf(plain: Omit<AptSource, 'unchecked' | 'signedBy'>, options: ReadonlyMap<string, string>): AptSource {
  const signed = (options.get('signed-by') ?? '').trim();
  return {
    ...plain,
    unchecked: UNCHECKED.filter((name) => YES.test((options.get(name) ?? '').trim())),
    signedBy: signed.includes('BEGIN PGP') ? 'a key in the file itself' : signed,
  };
}
