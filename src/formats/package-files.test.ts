import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseSourcesList, parseSourcesStanzas } from './apt-sources.ts';
import { parseStanzas } from './deb822.ts';
import { compareVersions } from './dpkg-version.ts';
import { parseKeyring } from './openpgp.ts';

test('parseStanzas() reads fields, continuations and comments', () => {
  const { stanzas, rejects } = parseStanzas(
    'Package: a\nStatus: install ok installed\nConffiles:\n /etc/a 00\n /etc/b 11\n\n\nstray\n# c\nPackage: b\n',
  );
  assert.deepEqual(
    stanzas.map((stanza) => Object.fromEntries(stanza)),
    [{ package: 'a', status: 'install ok installed', conffiles: '\n/etc/a 00\n/etc/b 11' }, { package: 'b' }],
  );
  assert.deepEqual(rejects, ['stray']);
  assert.deepEqual([...(parseStanzas('A: 1\nB: 2\n 3\n', new Set(['a'])).stanzas[0] ?? [])], [['a', '1']]);
});

test('compareVersions() agrees with dpkg', { skip: existsSync('/usr/bin/dpkg') ? false : 'needs dpkg' }, () => {
  const versions = [
    '1.0',
    '1.0-1',
    '1:0.9',
    '1.0~rc1',
    '1.0+b1',
    '1.0.10',
    '1.0.9',
    '2.3.1-3',
    '2.3.1-3+deb12u1',
    '0',
    '1a',
    '1.a',
    '09',
    '9',
    '1.0-1~x',
    '',
  ];
  for (const a of versions)
    for (const b of versions) {
      if (a === '' || b === '' || !/^\d/.test(a)) continue;
      const order = compareVersions(a, b);
      const asked = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
      execFileSync('/usr/bin/dpkg', ['--compare-versions', a, asked, b]);
    }
});

test('parseSourcesList() and parseSourcesStanzas() read repositories in both styles', () => {
  const { sources, rejects } = parseSourcesList(
    '# deb http://no\ndeb [arch=amd64 trusted=yes signed-by=/k.gpg] http://x/debian stable main contrib # c\ndeb-src https://y ./\ncdrom\n',
  );
  assert.deepEqual(sources, [
    {
      types: 'deb',
      uris: ['http://x/debian'],
      suites: 'stable',
      components: 'main contrib',
      enabled: true,
      unchecked: ['trusted'],
      signedBy: '/k.gpg',
    },
    { types: 'deb-src', uris: ['https://y'], suites: './', components: '', enabled: true, unchecked: [], signedBy: '' },
  ]);
  assert.deepEqual(rejects, ['cdrom']);
  const stanzas = parseSourcesStanzas(
    'Enabled: no\nTypes: deb\nURIs: http://a http://b\nSuites: s t\nAllow-Insecure: yes\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n',
  );
  assert.deepEqual(stanzas.sources, [
    {
      types: 'deb',
      uris: ['http://a', 'http://b'],
      suites: 's t',
      components: '',
      enabled: false,
      unchecked: ['allow-insecure'],
      signedBy: 'a key in the file itself',
    },
  ]);
});

const RINGS = '/usr/share/keyrings';
test('parseKeyring() finds the fingerprints that gpg finds', {
  skip: existsSync('/usr/bin/gpg') && existsSync(RINGS) ? false : 'needs gpg and key rings',
}, () => {
  for (const name of readdirSync(RINGS).slice(0, 8)) {
    const path = `${RINGS}/${name}`;
    const said = execFileSync('/usr/bin/gpg', ['--no-default-keyring', '--show-keys', '--with-colons', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const theirs = said.split('\n').flatMap((line, at, lines) =>
      line.startsWith('pub:')
        ? [
            lines
              .slice(at)
              .find((other) => other.startsWith('fpr:'))
              ?.split(':')[9],
          ]
        : [],
    );
    const { keys, whole } = parseKeyring(readFileSync(path));
    assert.deepEqual(
      keys.map(({ fingerprint }) => fingerprint),
      theirs,
      path,
    );
    assert.ok(whole, path);
  }
});

test('readers of package files end for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.ok(parseKeyring(Buffer.from(bytes)).keys.length >= 0);
      const text = Buffer.from(bytes).toString('latin1');
      assert.ok(Array.isArray(parseStanzas(text).rejects) && Array.isArray(parseSourcesList(text).sources));
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) || 0);
    }),
  );
});
