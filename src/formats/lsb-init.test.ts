import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseInetdConf, parseInittab, parseRunlevelLink, parseXinetd } from './lsb-init.ts';

test('parseRunlevelLink() reads S and K links', () => {
  assert.deepEqual(parseRunlevelLink('S02ssh'), { starts: true, order: 2, script: 'ssh' });
  assert.equal(parseRunlevelLink('K01ssh')?.starts, false);
  assert.equal(parseRunlevelLink('README'), undefined);
});

test('parseInittab() reads what init respawns', () => {
  const { rows, rejects } = parseInittab('# x\n1:2345:respawn:/sbin/getty 38400 tty1\nbad\n');
  assert.deepEqual(rows[1], { id: '1', runlevels: '2345', action: 'respawn', process: '/sbin/getty 38400 tty1' });
  assert.deepEqual(rejects, ['bad']);
});

test('parseInetdConf() reads services, also those that are switched off', () => {
  const { rows, rejects } = parseInetdConf(
    'ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/ftpd -l\n#<off># tftp dgram udp wait nobody /usr/sbin/in.tftpd in.tftpd\nbad line here\n# x\n',
  );
  assert.deepEqual(
    rows.map(({ service, user, server, args, disabled }) => [service, user, server, args, disabled]),
    [
      ['ftp', 'root', '/usr/sbin/tcpd', '-l', false],
      ['tftp', 'nobody', '/usr/sbin/in.tftpd', '', true],
      ['', '', '', '', false],
    ],
  );
  assert.deepEqual(rejects, ['bad line here']);
});

test('parseXinetd() reads blocks in one line or many', () => {
  const { services, rejects } = parseXinetd(
    'defaults\n{\n instances = 60\n}\nservice back\n{\n disable = no\n user = root\n server = /tmp/x\n port = 31337\n protocol = tcp\n}\nstray\n',
  );
  assert.deepEqual(
    services.map(({ service, user, server, disabled }) => [service, user, server, disabled]),
    [['back (port 31337)', 'root', '/tmp/x', false]],
  );
  assert.deepEqual(rejects, ['stray']);
});

test('parsers of init account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const { rows, rejects } of [parseInittab(text), parseInetdConf(text)])
        assert.equal(rows.length + rejects.length, linesOf(text).length);
      assert.ok(parseXinetd(text).services.length >= 0);
    }),
  );
});
