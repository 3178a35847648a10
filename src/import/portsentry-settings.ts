/** Settings that do what a PortSentry did whose lines were read. */

import type { Translated } from './portsentry-commands.ts';

/** Values by key as they were taken over; the last line of a key counts, as it does for PortSentry. */
export interface Taken {
  readonly block: Map<'TCP' | 'UDP', '0' | '1' | '2'>;
  route: Translated | undefined;
  /** As it stood there. */
  routeText: string;
  deny: string | undefined;
  command: Translated | undefined;
  commandText: string;
  commandFirst: boolean;
  ignoreFile: string | undefined;
  history: string | undefined;
  blocked: string | undefined;
  banner: string | undefined;
  names: boolean | undefined;
  tcpPorts: string;
  tcpMode: string;
}

/** What BLOCK_TCP and BLOCK_UDP mean. */
export const MEANT = { '0': 'none', '1': 'all', '2': 'command' } as const;

/** The stronger of both protocols. */
export function wantedOf({ block }: Taken): (typeof MEANT)[keyof typeof MEANT] {
  const values = new Set(block.values());
  return MEANT[values.has('1') ? '1' : values.has('2') ? '2' : '0'];
}

/** The lines that it wrote about its blocks, with what they named. */
function saidBlocked({ route, routeText, deny }: Taken): Readonly<Record<string, string>> & { readonly type: string } {
  return {
    type: 'attackalert',
    route: route?.responder === undefined ? '' : routeText.slice(0, 400),
    ...(deny !== undefined && { wrappers: deny }),
  };
}

/** What the settings file gets, as plain data. */
export function settingsOf(taken: Taken): Readonly<Record<string, unknown>> {
  const { ignoreFile, history, blocked, banner, names } = taken;
  const ports = taken.tcpMode === 'tcp' ? trapPorts(taken.tcpPorts) : [];
  return {
    ...(names !== undefined && { scans: { names } }),
    ...(banner !== undefined && { traps: { ports, banner } }),
    answers: {
      mode: wantedOf(taken) === 'none' ? 'try' : 'on',
      responders: respondersOf(taken),
      ...(ignoreFile !== undefined && { neverFiles: [ignoreFile] }),
    },
    notifiers: [
      { type: 'attackalert', ...(history !== undefined && { history }), ...(blocked !== undefined && { blocked }) },
    ],
  };
}

/** In the order in which PortSentry acted. */
function respondersOf(taken: Taken): readonly Chosen[] {
  const wanted = wantedOf(taken);
  const nftables: Chosen = { type: 'nftables' };
  if (wanted === 'command') return [taken.command?.responder ?? nftables];
  const { commands, blocks } = bothCommands(taken) ? mergedOf(taken) : separateOf(taken);
  const acting = taken.commandFirst ? [...commands, ...blocks] : [...blocks, ...commands];
  // Without nftables who may be forged would not even be slowed down.
  const all = acting.some(({ type }) => type === 'nftables') ? acting : [nftables, ...acting];
  const blocking = taken.route?.responder !== undefined || taken.deny !== undefined;
  return wanted === 'all' && blocking ? [...all, saidBlocked(taken)] : all;
}

type Chosen = { readonly type: string } & Readonly<Record<string, unknown>>;

function separateOf({ command, route, deny }: Taken): { commands: readonly Chosen[]; blocks: readonly Chosen[] } {
  const some = (chosen: Chosen | undefined): readonly Chosen[] => (chosen === undefined ? [] : [chosen]);
  const denied = deny === undefined ? undefined : { type: 'hosts-deny', line: deny };
  return { commands: some(command?.responder), blocks: [...some(route?.responder), ...some(denied)] };
}

function mergedOf(taken: Taken): ReturnType<typeof separateOf> {
  return { commands: [mergedCommand(taken)], blocks: separateOf({ ...taken, route: undefined }).blocks };
}

/** Are the route and the command both lines of their own? */
export function bothCommands({ command, route }: Taken): boolean {
  return command?.responder?.type === 'command' && route?.responder?.type === 'command';
}

/** Each line in a shell of its own, as system(3) ran them, in their order, whatever becomes of the first. */
function mergedCommand({ commandFirst, commandText, routeText }: Taken) {
  const lines = commandFirst ? [commandText, routeText] : [routeText, commandText];
  return { type: 'command', shell: lines.map((line) => `( ${line} )`).join('; ') };
}

/** As traps.ports takes, and PortSentry's own bound. */
const MAX_TRAPS = 64;

/** "1,11,15" and of 2.x "1-20": as many as traps take; what is no port is left out. */
function trapPorts(list: string): readonly number[] {
  const ports = list.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const count = from === '' ? 0 : Math.min(MAX_TRAPS, Number(to) - Number(from) + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => Number(from) + index);
  });
  return [...new Set(ports)].filter((port) => port >= 1 && port <= 65_535).slice(0, MAX_TRAPS);
}
