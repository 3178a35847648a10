/** What PortSentry's KILL_ROUTE and KILL_RUN_CMD lines become: one of our responders where there is one, else a command. */

/** What a line became: took, same (Telltale does it anyway), left (it could not be taken over). */
export interface Outcome {
  readonly outcome: 'took' | 'same' | 'left';
  readonly words: string;
}

/** A command line with the responder that does the same; none where nothing was taken over. */
export interface Translated extends Outcome {
  readonly responder?: { readonly type: string } & Readonly<Record<string, unknown>>;
}

interface Known {
  /** Against the command line with single blanks and without the folder of the program. */
  readonly like: RegExp;
  readonly type: string;
  readonly words: string;
}

const T = String.raw`\$TARGET\$`;

/** PortSentry's own examples and what people wrote since; the target must be the whole address. */
const KNOWN: readonly Known[] = [
  {
    like: new RegExp(String.raw`^ipchains -[IA] input (?:-i \S+ )?-s ${T}(?:/32)? -j (?:DENY|REJECT)(?: -l)?$`),
    type: 'nftables',
    words: 'ipchains (Linux 2.2) is gone: nftables drops it',
  },
  {
    like: new RegExp(String.raw`^ipfwadm -I -[ia] (?:deny|reject) -S ${T}(?:/32)?(?: -o)?$`),
    type: 'nftables',
    words: 'ipfwadm (Linux 2.0) is gone: nftables drops it',
  },
  {
    like: new RegExp(
      String.raw`^iptables (?:-w )?-[IA] (?:INPUT|FORWARD|PREROUTING)(?: 1)? -s ${T}(?:/32)? -j (?:DROP|REJECT)$`,
    ),
    type: 'iptables',
    words: 'is done by the responder iptables, in a chain of its own, and taken back when the block ends',
  },
  {
    // Debian's example: drop, and log a few a minute.
    like: new RegExp(
      String.raw`^iptables (?:-w )?-[IA] INPUT(?: 1)? -s ${T}(?:/32)? -j DROP && \S*iptables (?:-w )?-[IA] INPUT(?: 1)? -s ${T}(?:/32)? [^&|;]*-j LOG\b[^&|;]*$`,
    ),
    type: 'iptables',
    words:
      'is done by the responder iptables, in a chain of its own; its LOG rule is not needed: what was blocked, and why, is in "telltale blocks"',
  },
  {
    like: new RegExp(String.raw`^nft (?:add|insert) rule .*\bsaddr ${T} (?:counter )?(?:drop|reject)$`),
    type: 'nftables',
    words: 'is done by the responder nftables, in a table of its own',
  },
  {
    like: new RegExp(String.raw`^firewall-cmd .*${T}.*(?:drop|reject)`),
    type: 'nftables',
    words: 'nftables drops it, beside the rules of firewalld',
  },
  {
    like: new RegExp(
      String.raw`^route add (?:-host )?${T}(?: netmask 255\.255\.255\.255)? (?:reject|gw \S+(?: \S+)*|dev lo|127\.0\.0\.1|333\.444\.555\.666)$`,
    ),
    type: 'blackhole-route',
    words: 'is done by a blackhole route that is taken out when the block ends',
  },
  {
    like: new RegExp(String.raw`^ip route (?:add|replace) (?:blackhole|reject|unreachable|prohibit) ${T}(?:/32)?$`),
    type: 'blackhole-route',
    words: 'is done by a blackhole route that is taken out when the block ends',
  },
];

/** KILL_ROUTE: "/sbin/ipchains -I input -s $TARGET$ -j DENY -l" and the like. */
export function killRoute(value: string): Translated {
  const plain = value
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^\/\S*\/(?=[^/\s]+(?:\s|$))/, '');
  const known = KNOWN.find(({ like }) => like.test(plain));
  if (known !== undefined) return { outcome: 'took', words: known.words, responder: { type: known.type } };
  if (/^(?:ipfw|ipf|pfctl)\b|\bipf\b/.test(plain))
    return { outcome: 'left', words: 'is for a BSD; on Linux nftables drops it' };
  return killRun(value, 'nobody takes it back when the block ends; nftables would');
}

/**
 * A command line: words for a program where no shell is needed, else a shell line as PortSentry ran it with system(3).
 * $TARGET$, $PORT$ and $MODE$ go over as they stand.
 */
export function killRun(value: string, note = ''): Translated {
  const line = value.trim();
  if (line === '') return { outcome: 'left', words: 'is empty' };
  if (/\p{Cc}/u.test(line) || line.length > 4096)
    return { outcome: 'left', words: 'holds control characters or is too long' };
  const also = note === '' ? '' : `; ${note}`;
  const words = wordsOf(line);
  if (words?.[0]?.startsWith('/') === true) {
    const [program = '', ...args] = words;
    const responder = { type: 'command', program, ...(args.length > 0 && { args }) };
    return { outcome: 'took', words: `is run without a shell (responder command)${also}`, responder };
  }
  const why =
    words === undefined ? 'needs a shell' : 'names its program without a folder, so that a shell must look for it';
  return {
    outcome: 'took',
    words: `${why}: /bin/sh runs it as root, as PortSentry did (responder command, shell)${also}`,
    responder: { type: 'command', shell: line },
  };
}

/** Words of a line that means the same with and without a shell; undefined where a shell would do more. */
function wordsOf(line: string): readonly string[] | undefined {
  const bare = line.replace(/\$(?:TARGET|PORT|MODE)\$/g, 'x');
  if (/[^\w\s./:=,@%+'"-]/.test(bare)) return undefined;
  const words: string[] = [];
  for (const match of line.matchAll(/\s*((?:[^\s'"]+|'[^']*'|"[^"]*")+)/g))
    words.push((match[1] ?? '').replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  const quotes = bare.replace(/'[^']*'|"[^"]*"/g, '');
  return /['"]/.test(quotes) || words.length === 0 ? undefined : words;
}
