import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { attackLine, blockedLine, historyLine, portsIn, syslogMessage } from './attackalert.ts';

const probe = { ip: '192.0.2.7', kind: 'syn', protocol: 'TCP', port: 449 } as const;

test('the words of 1.2 and of 1.0', () => {
  assert.equal(
    attackLine(probe, '1.2'),
    'attackalert: TCP SYN/Normal scan from host: 192.0.2.7/192.0.2.7 to TCP port: 449',
  );
  assert.equal(
    attackLine(probe, '1.0'),
    'attackalert: SYN/Normal scan from host: 192.0.2.7/192.0.2.7 to TCP port: 449',
  );
  assert.match(attackLine({ ...probe, kind: 'xmas' }, '1.2'), /: TCP XMAS scan from/);
  assert.match(attackLine({ ...probe, protocol: 'UDP' }, '1.2'), /: UDP scan from .* to UDP port: 449$/);
  assert.match(
    attackLine({ ...probe, kind: 'ack' }, '1.2'),
    /Unknown Type: TCP Packet Flags: SYN: 0 FIN: 0 ACK: 1 PSH: 0 URG: 0 RST: 0 from host/,
  );
  assert.equal(
    blockedLine('192.0.2.7', { route: '/sbin/ipchains -I input -s 192.0.2.7 -j DENY -l' }),
    'attackalert: Host 192.0.2.7 has been blocked via dropped route using command: "/sbin/ipchains -I input -s 192.0.2.7 -j DENY -l"',
  );
  assert.equal(
    blockedLine('192.0.2.7', { wrappers: 'ALL: 192.0.2.7' }),
    'attackalert: Host 192.0.2.7 has been blocked via wrappers with string: "ALL: 192.0.2.7"',
  );
});

test('a line of the history is what fail2ban looks for', () => {
  const line = historyLine(probe, Date.UTC(2026, 10, 21, 9));
  assert.match(
    line,
    /^1795251600 - \d\d\/\d\d\/2026 \d\d:00:00 Host: 192\.0\.2\.7\/192\.0\.2\.7 Port: 449 TCP Blocked$/,
  );
  // filter.d/portsentry.conf of fail2ban.
  assert.match(line, /\/192\.0\.2\.7 Port: [0-9]+ (TCP|UDP) Blocked$/);
  assert.match(
    syslogMessage('attackalert: x', { timeMs: 0, pid: 7 }),
    /^<29>(?:Jan {2}1|Dec 31) \d\d:\d\d:\d\d portsentry\[7\]: attackalert: x$/,
  );
});

test('ports of a scan, bounded', () => {
  assert.deepEqual(portsIn('22-24,80; udp 53,161', 10), [
    { protocol: 'TCP', port: 22 },
    { protocol: 'TCP', port: 23 },
    { protocol: 'TCP', port: 24 },
    { protocol: 'TCP', port: 80 },
    { protocol: 'UDP', port: 53 },
    { protocol: 'UDP', port: 161 },
  ]);
  assert.deepEqual(portsIn('protocols 1-9', 10), []);
  assert.equal(portsIn('1-65535', 3).length, 3);
  fc.assert(
    fc.property(fc.string(), fc.nat(50), (text, limit) => {
      const found = portsIn(text, limit);
      assert.ok(found.length <= limit && found.every(({ port }) => port <= 65_535));
    }),
  );
});
