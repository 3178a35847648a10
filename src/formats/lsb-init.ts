/** Starts of System V init: names of links in /etc/rc?.d, lines of inittab(5), services of inetd.conf(5) and xinetd.conf(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';

/** "S02ssh" in rc2.d: started as the second in runlevel 2. */
export interface RunlevelLink {
  readonly starts: boolean;
  readonly order: number;
  readonly script: string;
}

/** Undefined for other names. */
export function parseRunlevelLink(name: string): RunlevelLink | undefined {
  const [, letter, order, script] = /^([SK])(\d\d)(.+)$/.exec(name) ?? [];
  return script === undefined ? undefined : { starts: letter === 'S', order: Number(order), script };
}

/** One line "id:runlevels:action:process"; blanks and comments have no id. */
export interface InittabLine {
  readonly id: string;
  readonly runlevels: string;
  readonly action: string;
  readonly process: string;
}

/** Lines that init would refuse are rejects. */
export function parseInittab(text: string): Parsed<InittabLine> {
  return parseLines(text, (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return { id: '', runlevels: '', action: '', process: '' };
    const [, id, runlevels, action, process] = /^([^:]{1,16}):([^:]*):([a-z]+):(.*)$/.exec(bare) ?? [];
    if (id === undefined || runlevels === undefined || action === undefined || process === undefined) return undefined;
    return { id, runlevels, action, process };
  });
}

/** A service that a super-server starts; `service` "" for blank lines. */
export interface InetService {
  readonly service: string;
  readonly socket: string;
  readonly protocol: string;
  readonly user: string;
  readonly server: string;
  readonly args: string;
  readonly disabled: boolean;
}

const NO_SERVICE: InetService = {
  service: '',
  socket: '',
  protocol: '',
  user: '',
  server: '',
  args: '',
  disabled: false,
};

/** service socket protocol wait user server arguments. "#<off># " is how update-inetd switches a line off. */
export function parseInetdConf(text: string): Parsed<InetService> {
  return parseLines(text, (line) => {
    const off = line.startsWith('#<off>#');
    const bare = line.replace(/^#<off>#/, '').trim();
    if (bare === '' || bare.startsWith('#')) return NO_SERVICE;
    const [service = '', socket = '', protocol = '', wait = '', user = '', server, ...args] = bare.split(/\s+/);
    if (server === undefined || !/^(?:no)?wait(?:[./:]\d+)?/.test(wait)) return undefined;
    return {
      service,
      socket,
      protocol,
      user: user.split(/[.:/]/)[0] ?? user,
      server,
      args: args.slice(1).join(' '),
      disabled: off,
    };
  });
}

const XINET_BLOCK = /^[ \t]*(?:service[ \t]+(\S+)|defaults)\s*\{([^{}]*)\}/gm;

/** Services of a file of xinetd: "service NAME { key = value … }". Lines outside of any block are rejects. */
export function parseXinetd(text: string): {
  readonly services: readonly InetService[];
  readonly rejects: readonly string[];
} {
  const active = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n');
  const services: InetService[] = [];
  for (const [, name, body = ''] of active.matchAll(XINET_BLOCK)) {
    const pairs = [...body.matchAll(/^[ \t]*(\w+)[ \t]*[+-]?=[ \t]*(.*)$/gm)];
    const values = new Map(pairs.map(([, key = '', value = '']) => [key.toLowerCase(), value.trim()]));
    if (name !== undefined) services.push(xinetService(name, values));
  }
  const outside = active.replace(XINET_BLOCK, '').split('\n');
  const rejects = outside.map((line) => line.trim()).filter((line) => line !== '' && !/^include(?:dir)?\s/.test(line));
  return { services, rejects };
}

function xinetService(service: string, values: ReadonlyMap<string, string>): InetService {
  const of = (key: string): string => values.get(key) ?? '';
  const port = parseUint(of('port'));
  return {
    service: port === undefined ? service : `${service} (port ${port})`,
    socket: of('socket_type'),
    protocol: of('protocol'),
    user: of('user') || 'root',
    server: of('server'),
    args: of('server_args'),
    disabled: of('disable').toLowerCase() === 'yes' || /\bINTERNAL\b/.test(of('type')),
  };
}
