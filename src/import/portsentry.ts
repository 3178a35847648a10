/**
 * Reads portsentry.conf of PortSentry 1.x and 2.x and portsentry.ignore: what becomes of each line, and settings that do
 * the same. Nothing is executed. See docs/import/portsentry.md.
 */

import { parseIgnore } from '#formats/portsentry-ignore.ts';
import { killRoute, killRun, type Outcome, type Translated } from './portsentry-commands.ts';

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
/** As traps.ports takes, and PortSentry's own bound. */
const MAX_TRAPS = 64;

/** Values by key as they were taken over; the last line of a key counts, as it does for PortSentry. */
interface Taken {
  readonly block: Map<'TCP' | 'UDP', '0' | '1' | '2'>;
  route: Translated | undefined;
  /** As it stood there. */
  routeText: string;
  deny: string | undefined;
  command: Translated | undefined;
  commandFirst: boolean;
  ignoreFile: string | undefined;
  history: string | undefined;
  blocked: string | undefined;
  banner: string | undefined;
  names: boolean | undefined;
  tcpPorts: string;
  tcpMode: string;
}

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
    taken.routeText = value.slice(0, 400);
    return translated;
  },
  KILL_HOSTS_DENY: hostsDeny,
  KILL_RUN_CMD: (value, taken) => {
    const translated = killRun(value);
    taken.command = translated;
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
    commandFirst: false,
    ignoreFile: undefined,
    history: undefined,
    blocked: undefined,
    banner: undefined,
    tcpPorts: '',
    tcpMode: '',
    names: undefined,
  };
  const lines = conf.split('\n', MAX_LINES).flatMap((raw, index): PortsentryLine[] => {
    const text = raw.replace(/\r$/, '').trim();
    if (text === '' || text.startsWith('#')) return [];
    return [{ line: index + 1, text: text.slice(0, 400), ...readLine(text, taken) }];
  });
  if (ignore !== undefined) taken.ignoreFile = ignore.file;
  const took = lines.some(({ outcome }) => outcome === 'took') || ignore !== undefined;
  return { lines, ignored: readIgnored(ignore?.text ?? ''), settings: took ? settingsOf(taken) : undefined };
}

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

/** "1,11,15" and of 2.x "1-20": as many as traps take; what is no port is left out. */
function trapPorts(list: string): readonly number[] {
  const ports = list.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const count = from === '' ? 0 : Math.min(MAX_TRAPS, Number(to) - Number(from) + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => Number(from) + index);
  });
  return [...new Set(ports)].filter((port) => port >= 1 && port <= 65_535).slice(0, MAX_TRAPS);
}

function readIgnored(text: string): readonly PortsentryLine[] {
  return parseIgnore(text).map(({ line, text: shown, prefix, words }) => ({
    line,
    text: shown,
    outcome: prefix === undefined ? 'left' : 'took',
    words: prefix === undefined ? words : words === '' ? 'is never blocked' : `${words} and never blocked`,
  }));
}

/** The lines that it wrote about its blocks, with what they named. */
function saidBlocked({ route, routeText, deny }: Taken): Readonly<Record<string, string>> & { readonly type: string } {
  return {
    type: 'attackalert',
    route: route?.responder === undefined ? '' : routeText,
    ...(deny !== undefined && { wrappers: deny }),
  };
}

function settingsOf(taken: Taken): Readonly<Record<string, unknown>> {
  const values = new Set(taken.block.values());
  const wanted = values.has('1') ? 'all' : values.has('2') ? 'command' : 'none';
  const { ignoreFile, history, blocked, banner, names } = taken;
  const ports = taken.tcpMode === 'tcp' ? trapPorts(taken.tcpPorts) : [];
  return {
    ...(names !== undefined && { scans: { names } }),
    ...(banner !== undefined && { traps: { ports, banner } }),
    answers: {
      mode: wanted === 'none' ? 'try' : 'on',
      responders: respondersOf(taken, wanted),
      ...(ignoreFile !== undefined && { neverFiles: [ignoreFile] }),
    },
    notifiers: [
      { type: 'attackalert', ...(history !== undefined && { history }), ...(blocked !== undefined && { blocked }) },
    ],
  };
}

/** In the order in which PortSentry acted. */
function respondersOf(taken: Taken, wanted: 'all' | 'command' | 'none'): readonly { readonly type: string }[] {
  const nftables = { type: 'nftables' };
  const commands = [taken.command?.responder].filter((responder) => responder !== undefined);
  if (wanted === 'command') return commands.length === 0 ? [nftables] : commands;
  const deny = taken.deny === undefined ? undefined : { type: 'hosts-deny', line: taken.deny };
  const blocks = [taken.route?.responder, deny].filter((responder) => responder !== undefined);
  const acting = taken.commandFirst ? [...commands, ...blocks] : [...blocks, ...commands];
  // Without nftables who may be forged would not even be slowed down.
  const all = acting.some(({ type }) => type === 'nftables') ? acting : [nftables, ...acting];
  return wanted === 'all' && blocks.length > 0 ? [...all, saidBlocked(taken)] : all;
}
