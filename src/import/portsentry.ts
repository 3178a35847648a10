/**
 * Reads portsentry.conf of PortSentry 1.x and 2.x and portsentry.ignore: what becomes of each line, and settings that do
 * the same. Nothing is executed. See docs/import/portsentry.md.
 */

import { parseIgnore } from '#formats/portsentry-ignore.ts';
import { killRoute, killRun, type Outcome } from './portsentry-commands.ts';
import { bothCommands, MEANT, settingsOf, type Taken, wantedOf } from './portsentry-settings.ts';

/** What a line of a file became. */
export interface PortsentryLine extends Outcome {
  readonly line: number;
  readonly text: string;
}

export interface PortsentryImport {
  readonly lines: readonly PortsentryLine[];
  /** As plain data for YAML; undefined where nothing is to be taken over. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
}

const MAX_LINES = 10_000;

type Reader = (value: string, taken: Taken) => Outcome;

const same =
  (words: string): Reader =>
  () => ({ outcome: 'same', words });

const PORTS = 'every port without a service is watched, in every mode: there is no list to keep';
const MODES: Readonly<Record<string, string>> = {
  tcp: 'bound the ports of TCP_PORTS and waited: here nothing is bound, and a scanner sees no traps as open ports',
  udp: 'bound the ports of UDP_PORTS and waited: here nothing is bound',
  stcp: 'read packets for the ports of TCP_PORTS: here every port without a service is watched, and ACK, window and Maimon scans as well',
  sudp: 'read packets for the ports of UDP_PORTS: here every port without a service is watched',
  atcp: 'watched all ports below ADVANCED_PORTS_TCP without a service: here all 65,535, also when a service comes later',
  audp: 'watched all ports below ADVANCED_PORTS_UDP without a service: here all 65,535, and late answers are told apart',
};

const READERS: Readonly<Record<string, Reader>> = {
  TCP_PORTS: (value, taken) => {
    taken.tcpPorts = value;
    return { outcome: 'same', words: PORTS };
  },
  UDP_PORTS: same(PORTS),
  ADVANCED_PORTS_TCP: same('all 65,535 ports are watched, not those below a number'),
  ADVANCED_PORTS_UDP: same('all 65,535 ports are watched, not those below a number'),
  ADVANCED_EXCLUDE_TCP: same(
    'a port alone never makes a scan: an ident query or a stray connect stays silent without a list',
  ),
  ADVANCED_EXCLUDE_UDP: same('answers, broadcasts and stray packets are told from scans without a list'),
  SCAN_TRIGGER: same(
    'different closed ports within a window are counted, not packets for ever; success counts for the source',
  ),
  RESOLVE_HOST: (value, taken) => {
    if (value !== '0' && value !== '1') return { outcome: 'left', words: `"${value}" is neither 0 nor 1` };
    taken.names = value === '1';
    return {
      outcome: 'took',
      words:
        value === '1'
          ? 'names are asked for once a day, without waiting for them, and shown as a claim (scans.names)'
          : 'no name server is asked about a scanner (scans.names)',
    };
  },
  PORT_BANNER: portBanner,
  TCP_MODE: (value, taken) => {
    taken.tcpMode = value;
    return mode(value);
  },
  UDP_MODE: mode,
  BLOCK_TCP: (value, taken) => block('TCP', value, taken),
  BLOCK_UDP: (value, taken) => block('UDP', value, taken),
  IGNORE_FILE: (value, taken) =>
    path(value, (file) => (taken.ignoreFile = file), 'its addresses are never blocked (answers.neverFiles)'),
  HISTORY_FILE: (value, taken) =>
    path(value, (file) => (taken.history = file), 'the lines go on there (notifier attackalert)'),
  BLOCKED_FILE: (value, taken) =>
    path(
      value,
      (file) => (taken.blocked = file),
      'the lines go on there, in one file without .tcp, .atcp … (notifier attackalert)',
    ),
  KILL_ROUTE: (value, taken) => {
    const translated = killRoute(value);
    taken.route = translated;
    taken.routeText = value;
    return translated;
  },
  KILL_HOSTS_DENY: hostsDeny,
  KILL_RUN_CMD: (value, taken) => {
    const translated = killRun(value);
    taken.command = translated;
    taken.commandText = value;
    return translated;
  },
  KILL_RUN_CMD_FIRST: (value, taken) => {
    if (value !== '0' && value !== '1') return { outcome: 'left', words: `"${value}" is neither 0 nor 1` };
    taken.commandFirst = value === '1';
    return { outcome: 'took', words: value === '1' ? 'the command comes first' : 'the command comes after the blocks' };
  },
};

/** `ignore`: text of portsentry.ignore, which is checked line by line; `ignoreFile`: where it lies. */
export function importPortsentry(
  conf: string,
  ignore?: { readonly text: string; readonly file: string },
): PortsentryImport & { readonly ignored: readonly PortsentryLine[] } {
  const taken: Taken = {
    block: new Map(),
    route: undefined,
    routeText: '',
    deny: undefined,
    command: undefined,
    commandText: '',
    commandFirst: false,
    ignoreFile: undefined,
    history: undefined,
    blocked: undefined,
    banner: undefined,
    tcpPorts: '',
    tcpMode: '',
    names: undefined,
  };
  const read = conf.split('\n', MAX_LINES).flatMap((raw, index): PortsentryLine[] => {
    const text = raw.replace(/\r$/, '').trim();
    if (text === '' || text.startsWith('#')) return [];
    return [{ line: index + 1, text: text.slice(0, 400), ...readLine(text, taken) }];
  });
  if (ignore !== undefined) taken.ignoreFile = ignore.file;
  const lines = read.map((line) => together(line, taken));
  const took = lines.some(({ outcome }) => outcome === 'took') || ignore !== undefined;
  return { lines, ignored: readIgnored(ignore?.text ?? ''), settings: took ? settingsOf(taken) : undefined };
}

/** What a line means beside the others: one mode counts, and with 2 PortSentry ran nothing but the command. */
function together(line: PortsentryLine, taken: Taken): PortsentryLine {
  const key = /^\w+/.exec(line.text)?.[0] ?? '';
  const words = line.outcome === 'took' ? TOGETHER[key]?.(taken) : undefined;
  if (words === undefined) return line;
  return key === 'KILL_RUN_CMD' ? { ...line, words } : { ...line, outcome: 'same', words };
}

const notWith2 = (taken: Taken): string | undefined =>
  wantedOf(taken) === 'command'
    ? 'PortSentry did not do this either where the mode is 2: the command alone'
    : undefined;
const weaker =
  (protocol: 'TCP' | 'UDP') =>
  (taken: Taken): string | undefined =>
    MEANT[taken.block.get(protocol) ?? '0'] === wantedOf(taken)
      ? undefined
      : 'there is one mode for both protocols here, the stronger of the two lines';

/** By key: what else is to be said once all lines are known. */
const TOGETHER: Readonly<Record<string, (taken: Taken) => string | undefined>> = {
  BLOCK_TCP: weaker('TCP'),
  BLOCK_UDP: weaker('UDP'),
  KILL_ROUTE: notWith2,
  KILL_HOSTS_DENY: notWith2,
  KILL_RUN_CMD: (taken) =>
    wantedOf(taken) !== 'command' && bothCommands(taken)
      ? 'is run by /bin/sh together with KILL_ROUTE, as root (responder command, shell)'
      : undefined,
};

/** KEY="VALUE" or KEY=VALUE, as PortSentry's own reader takes it: blanks around, nothing behind the second quote. */
function readLine(text: string, taken: Taken): Outcome {
  const match = /^(\w+)\s*=\s*(?:"([^"]*)"|(\S*))\s*(?:#.*)?$/.exec(text);
  if (match === null) return { outcome: 'left', words: 'is no line like KEY="value"' };
  const [, key = '', quoted, bare = ''] = match;
  const read = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
  if (read === undefined) return { outcome: 'left', words: `Telltale knows no ${key} of PortSentry's` };
  return read(quoted ?? bare, taken);
}

function mode(value: string): Outcome {
  const words = Object.hasOwn(MODES, value) ? MODES[value] : undefined;
  return words === undefined
    ? { outcome: 'left', words: `"${value}" is no mode of PortSentry` }
    : { outcome: 'same', words: `mode -${value} ${words}` };
}

function block(protocol: 'TCP' | 'UDP', value: string, taken: Taken): Outcome {
  if (value !== '0' && value !== '1' && value !== '2')
    return { outcome: 'left', words: `"${value}" is none of 0, 1 and 2` };
  taken.block.set(protocol, value);
  const meaning = {
    '0': 'nothing is blocked: answers.mode is "try", which only writes down whom it would have hit',
    '1': 'scans are answered; blocks end by themselves, and who may be forged is only slowed down (answers.unconfirmed)',
    '2': 'only the command is run, and only for addresses that are not forged (answers.unconfirmed: block for all)',
  }[value];
  return { outcome: 'took', words: meaning };
}

function path(value: string, take: (path: string) => void, words: string): Outcome {
  if (!value.startsWith('/') || /(^|\/)\.{1,2}(\/|$)|\p{Cc}/u.test(value))
    return { outcome: 'left', words: `"${value}" is no absolute path` };
  take(value);
  return { outcome: 'took', words };
}

function hostsDeny(value: string, taken: Taken): Outcome {
  if (!value.includes('$TARGET$') || value.length > 200 || /\p{Cc}|#|\\/u.test(value))
    return { outcome: 'left', words: 'is no line for hosts.deny with $TARGET$ in it' };
  taken.deny = value;
  return {
    outcome: 'took',
    words: 'goes into /etc/hosts.deny (responder hosts-deny), and out again when the block ends',
  };
}

/** Only ports that it bound itself (mode -tcp) ever showed it. */
function portBanner(value: string, taken: Taken): Outcome {
  if (value === '') return { outcome: 'same', words: 'nobody gets a banner' };
  if (value.length > 400 || /\p{Cc}/u.test(value))
    return { outcome: 'left', words: 'holds control characters or is longer than 400 characters' };
  taken.banner = value;
  const words =
    'goes into traps.banner: with TCP_MODE "tcp" the ports of TCP_PORTS that no service uses show it, else nothing is bound until you name ports in traps.ports';
  return { outcome: 'took', words };
}

function readIgnored(text: string): readonly PortsentryLine[] {
  return parseIgnore(text).map(({ line, text: shown, prefix, words }) => ({
    line,
    text: shown,
    outcome: prefix === undefined ? 'left' : 'took',
    words: prefix === undefined ? words : words === '' ? 'is never blocked' : `${words} and never blocked`,
  }));
}
