import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { importPortsentry } from './portsentry.ts';
import { killRoute, killRun } from './portsentry-commands.ts';

/** As in Debian's package, with what people switch on. */
const classic = `# PortSentry Configuration
TCP_PORTS="1,11,15,79,111,119,143,540,635,1080,1524,2000,5742,6667"
ADVANCED_EXCLUDE_TCP="113,139"
IGNORE_FILE="/etc/portsentry/portsentry.ignore"
HISTORY_FILE="/var/lib/portsentry/portsentry.history"
BLOCKED_FILE="/var/lib/portsentry/portsentry.blocked"
RESOLVE_HOST = "0"
BLOCK_UDP="0"
BLOCK_TCP="1"
#KILL_ROUTE="/sbin/route add -host 333.444.555.666 $TARGET$"
KILL_ROUTE="/sbin/ipchains -I input -s $TARGET$ -j DENY -l"
KILL_HOSTS_DENY="ALL: $TARGET$ : DENY"
KILL_RUN_CMD_FIRST = "1"
KILL_RUN_CMD="/usr/bin/logger -t scan $TARGET$ $PORT$ $MODE$"
SCAN_TRIGGER="0"
TCP_MODE="atcp"
PORT_BANNER="** UNAUTHORIZED **"
FLY_ME="TO THE MOON"
what is this
`;

test('a whole file: every line is told, and the settings do the same', () => {
  const { lines, settings } = importPortsentry(classic);
  assert.deepEqual(
    lines.map(({ line, outcome }) => `${line} ${outcome}`),
    [
      '2 same',
      '3 same',
      '4 took',
      '5 took',
      '6 took',
      '7 took',
      '8 same',
      '9 took',
      '11 took',
      '12 took',
      '13 took',
      '14 took',
      '15 same',
      '16 same',
      '17 took',
      '18 left',
      '19 left',
    ],
  );
  assert.deepEqual(settings, {
    answers: {
      mode: 'on',
      responders: [
        { type: 'command', program: '/usr/bin/logger', args: ['-t', 'scan', '$TARGET$', '$PORT$', '$MODE$'] },
        { type: 'nftables' },
        { type: 'hosts-deny', line: 'ALL: $TARGET$ : DENY' },
        {
          type: 'attackalert',
          route: '/sbin/ipchains -I input -s $TARGET$ -j DENY -l',
          wrappers: 'ALL: $TARGET$ : DENY',
        },
      ],
      neverFiles: ['/etc/portsentry/portsentry.ignore'],
    },
    scans: { names: false },
    traps: { ports: [], banner: '** UNAUTHORIZED **' },
    notifiers: [
      {
        type: 'attackalert',
        history: '/var/lib/portsentry/portsentry.history',
        blocked: '/var/lib/portsentry/portsentry.blocked',
      },
    ],
  });
});

test('BLOCK decides: nothing, everything, or the command alone', () => {
  const modeOf = (text: string): unknown => importPortsentry(`${text}\nKILL_RUN_CMD="/bin/true"`).settings?.['answers'];
  assert.deepEqual(modeOf('BLOCK_TCP="0"\nBLOCK_UDP="0"'), {
    mode: 'try',
    responders: [{ type: 'nftables' }, { type: 'command', program: '/bin/true' }],
  });
  assert.deepEqual(modeOf('BLOCK_TCP="2"'), { mode: 'on', responders: [{ type: 'command', program: '/bin/true' }] });
  assert.deepEqual(modeOf('BLOCK_UDP="1"'), {
    mode: 'on',
    responders: [{ type: 'nftables' }, { type: 'command', program: '/bin/true' }],
  });
});

test('a banner is shown where PortSentry bound ports, and nowhere else by itself', () => {
  const trapsOf = (text: string): unknown => importPortsentry(text).settings?.['traps'];
  const conf = 'TCP_PORTS="1, 11,x,70000,2000-2002,11"\nPORT_BANNER="** NO **"\n';
  assert.deepEqual(trapsOf(`${conf}TCP_MODE="tcp"`), { ports: [1, 11, 2000, 2001, 2002], banner: '** NO **' });
  assert.deepEqual(trapsOf(`${conf}TCP_MODE="stcp"`), { ports: [], banner: '** NO **' });
  assert.deepEqual(trapsOf(`TCP_PORTS="1-65535"\nTCP_MODE="tcp"\nPORT_BANNER="x"`), {
    ports: Array.from({ length: 64 }, (_, index) => index + 1),
    banner: 'x',
  });
  assert.equal(trapsOf('BLOCK_TCP="1"\nPORT_BANNER=""'), undefined);
});

test('KILL_ROUTE of every age finds its responder', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['/sbin/ipchains -I input -s $TARGET$ -j DENY -l', 'nftables'],
    ['/sbin/ipfwadm -I -i deny -S $TARGET$ -o', 'nftables'],
    ['/sbin/iptables -I INPUT -s $TARGET$ -j DROP', 'iptables'],
    ['/usr/local/bin/iptables  -I  INPUT -s $TARGET$ -j DROP', 'iptables'],
    ['/sbin/route add -host $TARGET$ reject', 'blackhole-route'],
    ['/sbin/route add -host $TARGET$ gw 127.0.0.1', 'blackhole-route'],
    ['/sbin/route add $TARGET$ gw 333.444.555.666', 'blackhole-route'],
    ['/sbin/ip route add blackhole $TARGET$/32', 'blackhole-route'],
    ['firewall-cmd --add-rich-rule="rule family=ipv4 source address=$TARGET$ drop"', 'nftables'],
    ['/usr/local/sbin/shut $TARGET$', 'command'],
  ];
  for (const [line, type] of cases) assert.equal(killRoute(line).responder?.type, type, line);
  assert.equal(killRoute('/sbin/ipfw add 1 deny all from $TARGET$:255.255.255.255 to any').outcome, 'left');
});

test('a shell only where the line needs one, and then it is said', () => {
  assert.deepEqual(killRun(`/bin/echo 'a b' $TARGET$:"c d"`).responder, {
    type: 'command',
    program: '/bin/echo',
    args: ['a b', '$TARGET$:c d'],
  });
  for (const line of [
    '/bin/echo $TARGET$ | mail root',
    'echo $TARGET$',
    '/bin/x `id`',
    '/bin/x $HOME',
    "/bin/x 'open",
    '/bin/x ~/y',
    '/bin/x a*',
  ]) {
    const { responder, words } = killRun(line);
    assert.equal(responder?.['shell'], line, line);
    assert.match(words, /\/bin\/sh runs it as root/);
  }
});

test('portsentry.ignore line by line', () => {
  const { ignored, settings } = importPortsentry('', {
    text: '127.0.0.1/32\n10.0.0.7/8\nhost\n',
    file: '/etc/portsentry.ignore',
  });
  assert.deepEqual(
    ignored.map(({ line, outcome, words }) => `${line} ${outcome} ${words}`),
    [
      '1 took is never blocked',
      '2 took is read as "10.0.0.0/8" and never blocked',
      '3 left is no IPv4 or IPv6 address',
    ],
  );
  assert.ok(settings !== undefined);
});

test('whatever comes, every line that is no comment is told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('KILL_ROUTE="', 'BLOCK_TCP="1"', 'KILL_RUN_CMD="x"'))),
      (parts) => {
        const text = parts.join('\n');
        const expected = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).length;
        assert.equal(importPortsentry(text).lines.length, expected);
      },
    ),
  );
});

test('Debian’s example with DROP and LOG is the responder iptables', () => {
  const line =
    "/sbin/iptables -I INPUT -s $TARGET$ -j DROP && /sbin/iptables -I INPUT -s $TARGET$ -m limit --limit 3/minute --limit-burst 5 -j LOG --log-level debug --log-prefix 'Portsentry: dropping: '";
  assert.equal(killRoute(line).responder?.type, 'iptables');
  for (const more of ['; reboot', ' && reboot', ' | sh'])
    assert.equal(killRoute(line + more).responder?.type, 'command');
});

test('two commands are one responder, for the list takes each kind once', () => {
  const conf = 'BLOCK_TCP="1"\nKILL_ROUTE="/opt/shut $TARGET$"\nKILL_RUN_CMD="/opt/tell $TARGET$ | mail root"\n';
  const shellOf = (text: string): unknown => {
    const answers = importPortsentry(text).settings?.['answers'];
    const { responders } = (answers ?? {}) as {
      responders: { type: string; shell?: string; route?: string }[];
    };
    assert.deepEqual(
      responders.map(({ type }) => type),
      ['nftables', 'command', 'attackalert'],
    );
    assert.equal(responders[2]?.route, '/opt/shut $TARGET$');
    return responders[1]?.shell;
  };
  assert.equal(shellOf(conf), '( /opt/shut $TARGET$ ); ( /opt/tell $TARGET$ | mail root )');
  assert.equal(shellOf(`${conf}KILL_RUN_CMD_FIRST="1"`), '( /opt/tell $TARGET$ | mail root ); ( /opt/shut $TARGET$ )');
});

test('lines say what they mean together', () => {
  const conf =
    'BLOCK_UDP="0"\nBLOCK_TCP="2"\nKILL_ROUTE="/sbin/ip route add blackhole $TARGET$"\nKILL_RUN_CMD="/bin/true"';
  const { lines, settings } = importPortsentry(conf);
  assert.deepEqual(
    lines.map(({ outcome, words }) => `${outcome} ${words.slice(0, 30)}`),
    [
      'same there is one mode for both pro',
      'took only the command is run, and o',
      'same PortSentry did not do this eit',
      'took is run without a shell (respon',
    ],
  );
  assert.deepEqual(settings?.['answers'], { mode: 'on', responders: [{ type: 'command', program: '/bin/true' }] });
});

test('whatever is taken over, each responder stands in the list once: else "config check" would refuse it', () => {
  const values = ['/opt/x $TARGET$', 'echo $TARGET$ | sh', '/sbin/iptables -I INPUT -s $TARGET$ -j DROP', 'ipf x', ''];
  const value = fc.constantFrom(...values);
  fc.assert(
    fc.property(value, value, fc.constantFrom('0', '1', '2'), fc.constantFrom('0', '1'), (route, run, mode, first) => {
      const conf = `BLOCK_TCP="${mode}"\nKILL_ROUTE="${route}"\nKILL_RUN_CMD="${run}"\nKILL_RUN_CMD_FIRST="${first}"\nKILL_HOSTS_DENY="ALL: $TARGET$"`;
      const { responders = [] } = (importPortsentry(conf).settings?.['answers'] ?? {}) as {
        responders?: { type: string }[];
      };
      const types = responders.map(({ type }) => type);
      assert.ok(types.length > 0);
      assert.equal(new Set(types).size, types.length, types.join(' '));
    }),
  );
});
