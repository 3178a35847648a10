import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parsePemFile } from '#formats/pem.ts';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import sensor from './certificates.ts';

const OPENSSL = '/usr/bin/openssl';
const signal = new AbortController().signal;
const skip = existsSync(OPENSSL) ? false : 'needs openssl';

/** A certificate and key by openssl; `days` from today, `ca` as basicConstraints. */
function make(folder: string, name: string, ca: boolean, password = ''): { certificate: string; key: string } {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const secret = password === '' ? ['-nodes'] : ['-passout', `pass:${password}`];
  execFileSync(
    OPENSSL,
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      ...secret,
      '-days',
      '1000',
      '-subj',
      `/O=Lab/CN=${name}`,
      '-addext',
      `basicConstraints=critical,CA:${ca ? 'TRUE' : 'FALSE'}`,
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

test('certificates: who is trusted and by whom, what ends, and keys that everyone may read', { skip }, async () => {
  await using temp = await makeTemp();
  const shipped = make(temp.path, 'shipped', true);
  const planted = make(temp.path, 'planted', true);
  const bundled = make(temp.path, 'bundled', true);
  const site = make(temp.path, 'site', false);
  const locked = make(temp.path, 'locked', false, 'secret');
  const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  await using folder = await captureFolder({
    '/usr/share/ca-certificates/mozilla/shipped.crt': shipped.certificate,
    '/etc/ssl/certs/shipped.pem': { link: '/usr/share/ca-certificates/mozilla/shipped.crt' },
    '/etc/ssl/certs/0a0b0c0d.0': { link: 'shipped.pem' },
    '/etc/ssl/certs/snakeoil.pem': site.certificate,
    '/etc/ssl/certs/ca-certificates.crt': `${shipped.certificate}${damaged}${bundled.certificate}`,
    '/usr/local/share/ca-certificates/planted.crt': planted.certificate,
    '/etc/ca-certificates.conf': '# c\nmozilla/shipped.crt\n!mozilla/refused.crt\n',
    '/etc/ssl/private/site.key': { content: site.key, mode: 0o644 },
    '/etc/nginx/ssl/locked.pem': { content: `${locked.certificate}${locked.key}`, mode: 0o644 },
    '/var/lib/dpkg/status': 'Package: ca-certificates\nStatus: install ok installed\nVersion: 1\n',
    '/var/lib/dpkg/info/ca-certificates.list': '/usr/share/ca-certificates/mozilla/shipped.crt\n',
  });
  // A recorded folder begins at 2026-01-01, before the certificates were made: they are not yet valid there.
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map(({ kind, subject, origin, trouble, file }) =>
      `${kind} ${subject} ${origin} ${trouble} ${file}`.replaceAll(/ +/g, ' '),
    ),
    [
      'authority shipped packaged /usr/share/ca-certificates/mozilla/shipped.crt',
      'authority planted unpackaged /usr/local/share/ca-certificates/planted.crt',
      'authority bundled unpackaged /etc/ssl/certs/ca-certificates.crt',
      'refused authority /etc/ca-certificates.conf',
      'private key everyone may read it /etc/ssl/private/site.key',
      'certificate locked /etc/nginx/ssl/locked.pem',
      'private key /etc/nginx/ssl/locked.pem',
      'certificate site /etc/ssl/certs/snakeoil.pem',
    ],
  );
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'private key').map(({ mark }) => mark.length),
    [16, 9],
  );
  const clock = { ...folder.host.clock, nowMs: () => 0 };
  const at = async (ms: number): Promise<string | undefined> => {
    clock.nowMs = () => ms;
    const look = await sensor.look({ ...folder.host, clock }, signal);
    return look.rows.find(({ kind }) => kind === 'certificate')?.validity;
  };
  const endMs = rows.find(({ kind }) => kind === 'certificate')?.notAfterMs ?? 0;
  assert.deepEqual(
    [await at(endMs - 15 * 86_400_000), await at(endMs - 13 * 86_400_000), await at(endMs), await at(1)],
    ['valid', 'ends soon', 'expired', 'not yet'],
  );
  assert.equal(parsePemFile(Buffer.from(damaged)).damaged, 1);
});

test('parsePemFile() says nothing of what is no PEM', () => {
  for (const bytes of ['', 'x', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])
    assert.equal(parsePemFile(Buffer.from(bytes)).certificates.length, 0);
  assert.deepEqual(parsePemFile(Buffer.from([0x30, 0x01, 0x02])), { certificates: [], privateKeys: [], damaged: 0 });
});
