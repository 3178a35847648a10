/** Made-up data of an ordinary host on a bad night, for the tests of the page. */

import type { Alert, Incident, Who } from '#model/finding.ts';
import type { Row } from '#model/table.ts';
import type { MarkedRow, OpenChange, Quiet, Verbs } from '#model/verbs.ts';

const MINUTE_MS = 60_000;

/** Text that would do harm where it is not shown as text: markup, a terminal escape, a bidi override. */
export const HOSTILE = '<img src=x onerror=alert(1)> \u001b[2J \u202Egnp.exe';

export function makeChanges(nowMs: number): OpenChange[] {
  const nc: Who = {
    pid: 8812,
    exe: '/tmp/.x/nc',
    comm: 'nc',
    cmdline: `/tmp/.x/nc -lvnp 4444 -e /bin/sh ${HOSTILE}`,
    user: 'www-data',
    uid: 33,
    parents: ['sh (8790)', 'php-fpm8.2 (801)', 'php-fpm8.2 (790)', 'systemd (1)'],
    unit: 'php8.2-fpm.service',
    package: '',
    session: '',
    startedMs: nowMs - 26 * MINUTE_MS,
  };
  const at = nowMs - 25 * MINUTE_MS;
  const ncAlert = alert({
    id: '0193a4f0-1111-7000-8000-000000000001',
    incident: 'i-31',
    severity: 'critical',
    rule: 'new-listener',
    title: 'nc opened port 4444 to every address',
    why: 'Anyone who reaches this host can talk to it. It runs from /tmp/.x/nc, in a directory that everyone may write; no package owns the file, and www-data does not usually open ports.',
    next: 'ss -tnp sport = :4444; ls -l /proc/8812/exe; cat /proc/8812/environ | tr "\\0" "\\n"',
    facts: {
      protocol: 'tcp',
      address: '0.0.0.0',
      port: 4444,
      exposure: 'open',
      exposureWhy: 'no rule of the packet filter drops it',
      exeState: 'present',
      exePlace: '/tmp',
      packageState: 'unpackaged',
    },
    who: nc,
    source: { ip: '203.0.113.9', port: 51_234 },
    attack: ['T1059.004', 'T1571'],
    firstMs: at,
  });
  const raw = alert({
    id: '0193a4f0-2222-7000-8000-000000000002',
    incident: 'i-31',
    severity: 'medium',
    rule: 'packet-socket',
    title: 'tcpdump reads every packet of eth0',
    why: 'A packet socket sees the passwords of every protocol that does not encrypt. It was opened by a child of the process above.',
    next: 'ls -l /proc/8830/exe; tr "\\0" " " < /proc/8830/cmdline',
    facts: { protocol: 'packet', interface: 'eth0', filter: 'no' },
    who: {
      ...nc,
      pid: 8830,
      exe: '/usr/bin/tcpdump',
      comm: 'tcpdump',
      cmdline: 'tcpdump -i eth0 -w /tmp/.x/p',
      package: 'tcpdump',
      parents: ['nc (8812)', 'sh (8790)', 'php-fpm8.2 (801)'],
    },
    attack: ['T1040'],
    firstMs: at + 91_000,
  });
  const pg = alert({
    id: '0193a4f0-3333-7000-8000-000000000003',
    incident: 'i-32',
    severity: 'low',
    rule: 'bind-widened',
    title: 'postgres now also listens on 10.0.0.4:5432',
    why: 'It answered on loopback only until now. The same program of the same package opened it, after its unit was restarted.',
    next: 'ss -tlnp sport = :5432; grep listen_addresses /etc/postgresql/15/main/postgresql.conf',
    facts: { protocol: 'tcp', address: '10.0.0.4', port: 5432, exposure: 'filtered', packageState: 'packaged' },
    who: {
      ...nc,
      pid: 3021,
      exe: '/usr/lib/postgresql/15/bin/postgres',
      comm: 'postgres',
      cmdline: 'postgres -D /var/lib/postgresql/15/main',
      user: 'postgres',
      uid: 112,
      parents: ['systemd (1)'],
      unit: 'postgresql@15-main.service',
      package: 'postgresql-15',
    },
    firstMs: nowMs - 8 * 60 * MINUTE_MS,
  });
  return [
    {
      incident: incident('i-31', 'parent:8790:1', 'nc opened port 4444 to every address', [ncAlert, raw]),
      alerts: [ncAlert, raw],
    },
    { incident: incident('i-32', 'alert:x', 'postgres now also listens on 10.0.0.4:5432', [pg]), alerts: [pg] },
  ];
}

function incident(id: string, cause: string, title: string, alerts: readonly Alert[]): Incident {
  const times = alerts.map((one) => one.firstMs);
  return {
    id,
    cause,
    title,
    state: 'open',
    count: alerts.length,
    firstMs: Math.min(...times),
    lastMs: Math.max(...times),
  };
}

function alert(spec: Omit<Alert['finding'], 'subject'> & { id: string; incident: string; firstMs: number }): Alert {
  const { id, incident, firstMs, ...finding } = spec;
  return {
    id,
    fingerprint: `f${id}`,
    incident,
    host: 'web-03',
    state: 'open',
    finding: { ...finding, subject: finding.title },
    table: 'sockets',
    key: id,
    count: 1,
    firstMs,
    lastMs: firstMs,
  };
}

interface SocketSpec {
  readonly port: number;
  readonly address: string;
  readonly comm: string;
  readonly exe: string;
  readonly nowMs: number;
  readonly mark?: MarkedRow['mark'];
  readonly more?: Row;
}

export function socket(spec: SocketSpec): MarkedRow {
  const local = spec.address.startsWith('127.') || spec.address === '::1';
  const row: Row = {
    protocol: 'tcp',
    family: spec.address.includes(':') ? 'inet6' : 'inet',
    state: 'LISTEN',
    address: spec.address,
    port: spec.port,
    path: '',
    comm: spec.comm,
    pid: 400 + spec.port,
    user: 'root',
    exe: spec.exe,
    unit: `${spec.comm}.service`,
    namespace: 'host',
    exposure: local ? 'local' : 'open',
    exposureWhy: local ? 'bound to loopback' : 'no rule of the packet filter drops it',
    package: spec.comm,
    packageState: 'packaged',
    exeState: 'present',
    cmdline: `${spec.exe} -D`,
    count: 1,
    ...spec.more,
  };
  return {
    row,
    mark: spec.mark ?? 'known',
    sinceMs: spec.nowMs - (spec.mark === 'new' ? 25 * MINUTE_MS : 41 * 86_400_000),
  };
}

export function makeRows(nowMs: number): MarkedRow[] {
  const unix = (path: string, comm: string, mark: MarkedRow['mark'] = 'known'): MarkedRow =>
    socket({
      nowMs,
      port: 0,
      address: '',
      comm,
      exe: `/usr/bin/${comm}`,
      mark,
      more: { protocol: 'stream', family: 'unix', path, exposure: '', address: '', mode: '0666' },
    });
  return [
    socket({
      nowMs,
      port: 22,
      address: '0.0.0.0',
      comm: 'sshd',
      exe: '/usr/sbin/sshd',
      more: { package: 'openssh-server', unit: 'ssh.service' },
    }),
    socket({
      nowMs,
      port: 22,
      address: '::',
      comm: 'sshd',
      exe: '/usr/sbin/sshd',
      more: { package: 'openssh-server', unit: 'ssh.service' },
    }),
    socket({ nowMs, port: 80, address: '0.0.0.0', comm: 'nginx', exe: '/usr/sbin/nginx', more: { count: 4 } }),
    socket({ nowMs, port: 443, address: '0.0.0.0', comm: 'nginx', exe: '/usr/sbin/nginx', more: { count: 4 } }),
    socket({
      nowMs,
      port: 443,
      address: '0.0.0.0',
      comm: 'nginx',
      exe: '/usr/sbin/nginx',
      more: { protocol: 'udp', state: 'UNCONN' },
    }),
    socket({
      nowMs,
      port: 4444,
      address: '0.0.0.0',
      comm: 'nc',
      exe: '/tmp/.x/nc',
      mark: 'new',
      more: {
        user: 'www-data',
        unit: 'php8.2-fpm.service',
        package: '',
        packageState: 'unpackaged',
        exePlace: '/tmp',
        cmdline: `/tmp/.x/nc -lvnp 4444 ${HOSTILE}`,
      },
    }),
    socket({
      nowMs,
      port: 5432,
      address: '127.0.0.1',
      comm: 'postgres',
      exe: '/usr/lib/postgresql/15/bin/postgres',
      more: { user: 'postgres', unit: 'postgresql@15-main.service', package: 'postgresql-15' },
    }),
    socket({
      nowMs,
      port: 5432,
      address: '10.0.0.4',
      comm: 'postgres',
      exe: '/usr/lib/postgresql/15/bin/postgres',
      mark: 'new',
      more: {
        user: 'postgres',
        unit: 'postgresql@15-main.service',
        package: 'postgresql-15',
        exposure: 'filtered',
        exposureWhy: 'inet filter input: policy drop',
      },
    }),
    socket({
      nowMs,
      port: 7777,
      address: '127.0.0.1',
      comm: 'node',
      exe: '/usr/lib/telltale/node',
      mark: 'ours',
      more: { user: 'nobody', unit: 'telltale.service', package: 'telltale' },
    }),
    socket({
      nowMs,
      port: 323,
      address: '127.0.0.1',
      comm: 'chronyd',
      exe: '/usr/sbin/chronyd',
      more: { protocol: 'udp', state: 'UNCONN', user: '_chrony', unit: 'chrony.service', package: 'chrony' },
    }),
    socket({
      nowMs,
      port: 6379,
      address: '127.0.0.1',
      comm: 'redis-server',
      exe: '/usr/bin/redis-check-rdb',
      more: { user: 'redis', package: 'redis-server', namespace: 'cache-1' },
    }),
    socket({
      nowMs,
      port: 0,
      address: '',
      comm: 'tcpdump',
      exe: '/usr/bin/tcpdump',
      mark: 'new',
      more: { protocol: 'packet', family: 'packet', path: 'all', interface: 'eth0', exposure: '', user: 'www-data' },
    }),
    unix('/run/systemd/journal/stdout', 'systemd-journald'),
    unix('/run/dbus/system_bus_socket', 'dbus-daemon'),
    unix('@/tmp/.X11-unix/X0', 'Xorg'),
    unix(`/tmp/${HOSTILE}`, 'php-fpm8.2', 'new'),
  ];
}

export function makeConnections(nowMs: number): MarkedRow[] {
  return [
    socket({
      nowMs,
      port: 4444,
      address: '192.0.2.17',
      comm: 'nc',
      exe: '/tmp/.x/nc',
      more: { state: 'ESTAB', remoteAddress: '203.0.113.9', remotePort: 51_234, user: 'www-data', exposure: '' },
    }),
    socket({
      nowMs,
      port: 22,
      address: '192.0.2.17',
      comm: 'sshd',
      exe: '/usr/sbin/sshd',
      more: { state: 'ESTAB', remoteAddress: '198.51.100.2', remotePort: 60_022, exposure: '' },
    }),
  ];
}

export function makeQuiets(nowMs: number): Quiet[] {
  const base = { rule: 'new-listener', by: 'marta (uid 1000)', endedMs: 0, subject: 'x' } as const;
  return [
    {
      ...base,
      id: 'q1',
      verb: 'accept',
      scope: 'program',
      words: 'nginx, any port',
      reason: 'web server, ticket 4411',
      madeMs: nowMs - 5 * 86_400_000,
      untilMs: 0,
      hits: 4,
    },
    {
      ...base,
      id: 'q2',
      verb: 'mute',
      scope: 'exact',
      words: 'python3 opened port 8000 to every address',
      reason: 'demo until the evening',
      madeMs: nowMs - 3 * 60 * MINUTE_MS,
      untilMs: nowMs + 5 * 60 * MINUTE_MS,
      hits: 11,
    },
    {
      ...base,
      id: 'q3',
      verb: 'mute',
      scope: 'exact',
      words: 'rsync opened port 873',
      reason: 'migration',
      madeMs: nowMs - 12 * 86_400_000,
      untilMs: nowMs - 11 * 86_400_000,
      endedMs: nowMs - 11 * 86_400_000,
      hits: 2,
    },
  ];
}

export function makeActivity(nowMs: number, alerts: readonly Alert[]): Verbs['activity']['result'] {
  const bucketMs = 5 * MINUTE_MS;
  const fromMs = nowMs - 288 * bucketMs;
  let seed = 7;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const events = Array.from({ length: 288 }, (_, index) =>
    Math.round(2 + 8 * Math.exp(-(((index - 190) / 60) ** 2)) + random() * 3 + (index === 283 ? 22 : 0)),
  );
  return {
    bucketMs,
    fromMs,
    events,
    alerts: alerts.map((one) => ({
      timeMs: one.firstMs,
      id: one.id,
      severity: one.finding.severity,
      title: one.finding.title,
      settled: false,
    })),
  };
}
