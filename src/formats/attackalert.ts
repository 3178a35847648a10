/**
 * The lines that PortSentry wrote, byte by byte, for filters that read them (logcheck, fail2ban's filter.d/portsentry.conf):
 * wording of 1.2 (its strings) and of 1.0 (without "TCP " before the technique). See docs/notifiers/attackalert.md.
 */

export type AttackWording = '1.2' | '1.0';

/** One port that was tried. */
export interface Probe {
  readonly ip: string;
  /** Technique in short, as in the table `scans`. */
  readonly kind: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

const SCANS: Readonly<Record<string, string>> = { null: 'NULL', xmas: 'XMAS', fin: 'FIN' };
/** Flags that its "Unknown Type" line names, by technique. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  ack: ['ACK'],
  window: ['ACK'],
  maimon: ['FIN', 'ACK'],
  odd: ['SYN', 'FIN'],
};

/** "attackalert: TCP SYN/Normal scan from host: 192.0.2.7/192.0.2.7 to TCP port: 449". Names are never resolved. */
export function attackLine({ ip, kind, protocol, port }: Probe, wording: AttackWording): string {
  const to = `from host: ${ip}/${ip} to ${protocol} port: ${port}`;
  if (protocol === 'UDP') return `attackalert: UDP scan ${to}`;
  const flags = FLAGS[kind];
  const name = flags === undefined ? `${SCANS[kind] ?? 'SYN/Normal'} scan` : unknownType(flags);
  return `attackalert: ${wording === '1.2' && flags === undefined ? 'TCP ' : ''}${name} ${to}`;
}

function unknownType(set: readonly string[]): string {
  const flags = ['SYN', 'FIN', 'ACK', 'PSH', 'URG', 'RST'].map((flag) => `${flag}: ${set.includes(flag) ? 1 : 0}`);
  return `Unknown Type: TCP Packet Flags: ${flags.join(' ')}`;
}

/** How it said that it had blocked. */
export function blockedLine(ip: string, via: { readonly wrappers: string } | { readonly route: string }): string {
  return 'wrappers' in via
    ? `attackalert: Host ${ip} has been blocked via wrappers with string: "${via.wrappers}"`
    : `attackalert: Host ${ip} has been blocked via dropped route using command: "${via.route}"`;
}

/** A line of portsentry.history and portsentry.blocked: "1700000000 - 11/14/2023 22:13:20 Host: a/a Port: 1 TCP Blocked". */
export function historyLine({ ip, port, protocol }: Probe, timeMs: number): string {
  const at = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${two(at.getMonth() + 1)}/${two(at.getDate())}/${at.getFullYear()}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${Math.floor(timeMs / 1000)} - ${date} ${time} Host: ${ip}/${ip} Port: ${port} ${protocol} Blocked`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A message for /dev/log as syslog(3) sends it: facility daemon, level notice, as program "portsentry". */
export function syslogMessage(line: string, at: { readonly timeMs: number; readonly pid: number }): string {
  const date = new Date(at.timeMs);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const stamp = `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2, ' ')} ${time}`;
  return `<29>${stamp} portsentry[${at.pid}]: ${line}`;
}

/** Ports in "22-25,80; udp 53,161", in order, at most `limit`; "protocols …" and "sctp …" have none that it would name. */
export function portsIn(text: string, limit: number): readonly { protocol: 'TCP' | 'UDP'; port: number }[] {
  const found: { protocol: 'TCP' | 'UDP'; port: number }[] = [];
  let protocol: 'TCP' | 'UDP' | undefined = 'TCP';
  for (const part of text.split(/[,;]/)) {
    const [, name, first = '', last = first] = /^\s*([a-z]+ )?(\d+)(?:-(\d+))?/.exec(part) ?? [];
    if (name !== undefined) protocol = name === 'udp ' ? 'UDP' : name === 'tcp ' ? 'TCP' : undefined;
    if (protocol === undefined || first === '') continue;
    const end = Math.min(Number(last), 65_535);
    for (let port = Number(first); port <= end && found.length < limit; port += 1) found.push({ protocol, port });
  }
  return found;
}
