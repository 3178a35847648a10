import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '#test/lab/fake-host.ts';
import { mmdb } from '#test/lab/mmdb.ts';
import { until } from '#test/lab/site.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { NetworkDatabase } from './network-database.ts';
import { ReverseNames } from './reverse-names.ts';
import { openSenders } from './senders.ts';

const asn = { autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' };
const nl = { country: { iso_code: 'NL', names: { en: 'Netherlands' } } };

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

test('networks, special use, operator and country are there at once; nobody is asked', async () => {
  await using temp = await makeTemp();
  const [first, second] = [join(temp.path, 'asn.mmdb'), join(temp.path, 'country.mmdb')];
  writeFileSync(first, mmdb({ '198.51.100.0/24': asn, '2001:db8::/32': asn }));
  writeFileSync(second, mmdb({ '198.51.100.0/25': nl }));
  let asked = 0;
  const senders = openSenders({ names: true, databases: [first, second] }, new FakeClock(), () => {
    asked += 1;
    return Promise.resolve([]);
  });
  await until('the databases', () => senders.known('198.51.100.7').operator !== '');
  assert.deepEqual(senders.known('198.51.100.7'), {
    name: '',
    network: '198.51.100.0/24 (documentation)',
    operator: 'AS64500 Example Net',
    country: 'Netherlands (NL)',
  });
  assert.equal(senders.known('198.51.100.200').country, '');
  assert.equal(senders.known('2001:db8:0:7::1').operator, 'AS64500 Example Net');
  assert.equal(senders.known('2001:db8:0:7::1').network, '2001:db8:0:7::/64 (documentation)');
  assert.deepEqual(senders.known('many senders'), { name: '', network: '', operator: '', country: '' });
  assert.deepEqual(senders.gaps, []);
  assert.equal(asked, 0);
});

test('a database that is not there, or no database, is a gap; one that was replaced is read anew', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'a.mmdb');
  const database = new NetworkDatabase(path, new FakeClock());
  assert.equal(database.of('198.51.100.7').country, '');
  assert.match(database.failure, /ENOENT/);
  writeFileSync(path, 'no database at all');
  database.of('198.51.100.7');
  assert.notEqual(database.failure, '');
  const bytes = mmdb({ '198.51.100.0/24': nl });
  writeFileSync(path, bytes);
  assert.equal(database.of('198.51.100.7').country, 'Netherlands (NL)');
  assert.equal(database.failure, '');
  // Damaged in any place it says something else or nothing, but does not end the program.
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(0xff, at);
    writeFileSync(path, damaged);
    database.of('198.51.100.7');
  }
});

test('a name is asked for once a day, and only a host name is taken', async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const answers: Record<string, string> = {
    '192.0.2.1': 'Scanner.Example.NET.',
    '192.0.2.2': '\u001b[2Jevil.example',
    '192.0.2.3': '<b>x</b>',
    '192.0.2.4': 'a'.repeat(300),
  };
  const names = new ReverseNames(clock, (address) => {
    asked.push(address);
    return Promise.resolve([answers[address] ?? '']);
  });
  for (const address of Object.keys(answers)) {
    names.ask(address);
    names.ask(address);
    await settled();
  }
  assert.deepEqual(asked, Object.keys(answers));
  assert.deepEqual(
    Object.keys(answers).map((address) => names.name(address)),
    ['scanner.example.net', '', '', ''],
  );
  await clock.advance(86_400_001);
  names.ask('192.0.2.1');
  assert.equal(asked.length, 5);
  assert.equal(names.name('192.0.2.1'), 'scanner.example.net');
});

test('many scanners make few questions; where nobody answers, none for ten minutes', async () => {
  const clock = new FakeClock();
  let asked = 0;
  const pending: (() => void)[] = [];
  const slow = new ReverseNames(clock, () => {
    asked += 1;
    return new Promise((done) => pending.push(() => done([])));
  });
  for (let last = 1; last < 200; last += 1) slow.ask(`192.0.2.${last}`);
  assert.equal(asked, 4);
  for (let round = 0; round < 50; round += 1) {
    for (const done of pending.splice(0)) done();
    await settled();
    for (let last = 1; last < 200; last += 1) slow.ask(`192.0.2.${last}`);
  }
  assert.equal(asked, 20);

  let tried = 0;
  const deaf = new ReverseNames(clock, () => {
    tried += 1;
    return Promise.reject(Object.assign(new Error('queryPtr ETIMEOUT'), { code: 'ETIMEOUT' }));
  });
  for (let last = 1; last < 20; last += 1) {
    deaf.ask(`192.0.2.${last}`);
    await settled();
  }
  assert.equal(tried, 3);
  await clock.advance(600_001);
  deaf.ask('192.0.2.1');
  assert.equal(tried, 4);
});

test('"no such name" is an answer: it is not asked for again, and nobody is deaf', async () => {
  const clock = new FakeClock();
  let tried = 0;
  const names = new ReverseNames(clock, () => {
    tried += 1;
    return Promise.reject(Object.assign(new Error('queryPtr ENOTFOUND'), { code: 'ENOTFOUND' }));
  });
  for (let last = 1; last < 6; last += 1) {
    names.ask(`192.0.2.${last}`);
    await settled();
  }
  names.ask('192.0.2.1');
  assert.equal(tried, 5);
});
