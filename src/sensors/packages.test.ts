import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import database from './package-database.ts';
import sensor from './packages.ts';

const stanza = (name: string, status: string, version = '1.0-1'): string =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\nDescription: x\n y\n\n`;
const SOUND =
  stanza('a', 'install ok installed') +
  stanza('b', 'hold ok installed') +
  stanza('c', 'deinstall ok config-files') +
  stanza('d', 'purge ok not-installed');

async function machine(status = SOUND) {
  const temp = await makeTemp();
  plant(temp.path, { 'var/lib/dpkg/status': status });
  const host = hostAt(temp.path);
  const look = async (): Promise<string[]> =>
    (await sensor.look(host, AbortSignal.timeout(5000))).rows.map(({ name, version, state, held, securityUpdate }) =>
      [name, version, state, held, securityUpdate].join(' | '),
    );
  return { root: temp.path, host, look, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

test('packages: installed, held, removed; nothing where there is no dpkg', async () => {
  await using host = await machine();
  assert.deepEqual(await host.look(), [
    'a | 1.0-1 | installed | false | ',
    'b | 1.0-1 | installed | true | ',
    'c | 1.0-1 | removed | false | ',
  ]);
  rmSync(join(host.root, 'var'), { recursive: true });
  const { gaps } = await sensor.look(host.host, AbortSignal.timeout(5000));
  assert.deepEqual(gaps, []);
});

test('packages: what dpkg is working on keeps its state until dpkg is done; what it left behind is told', async () => {
  await using machineNow = await machine();
  const { host } = machineNow;
  let endedMs = 0;
  Object.assign(host.packages, { run: () => ({ startedMs: 1, endedMs, packages: new Map() }) });
  await machineNow.look();
  plant(machineNow.root, {
    'var/lib/dpkg/status':
      stanza('a', 'install ok half-configured', '2.0-1') + stanza('n', 'install reinstreq half-installed'),
  });
  assert.deepEqual(await machineNow.look(), ['a | 1.0-1 | installed | false | ']);
  endedMs = 5;
  assert.deepEqual(await machineNow.look(), [
    'a | 2.0-1 | half-configured | false | ',
    'n | 1.0-1 | half-installed, must be installed again | false | ',
  ]);
});

test('packages: updates of the security archive, and a reboot that is wanted', async () => {
  await using host = await machine();
  plant(host.root, {
    'var/lib/apt/lists/x_debian-security_dists_s_main_binary-amd64_Packages':
      'Package: a\nArchitecture: amd64\nVersion: 1.0-1+deb12u1\n\nPackage: a\nArchitecture: amd64\nVersion: 1.0-1+deb12u2\n\nPackage: b\nArchitecture: amd64\nVersion: 0.9-1\n',
    'var/lib/apt/lists/x_debian_dists_s_main_binary-amd64_Packages': 'Package: b\nArchitecture: amd64\nVersion: 9\n',
    'run/reboot-required': '',
    'run/reboot-required.pkgs': 'linux-image\nlinux-image\nlibc6\n',
  });
  assert.deepEqual(await host.look(), [
    'a | 1.0-1 | installed | false | 1.0-1+deb12u2',
    'b | 1.0-1 | installed | true | ',
    'c | 1.0-1 | removed | false | ',
    'a reboot |  | wanted by linux-image, libc6 | false | ',
  ]);
});

test('damaged databases lose only what is damaged', async () => {
  await using host = await machine(
    `garbage\nPackage: x\n\n${stanza('a', 'install ok installed')}\u0000\u0001\nPackage: b\nStatus: install ok installed\n`,
  );
  assert.deepEqual(await host.look(), ['a | 1.0-1 | installed | false | ', 'b |  | installed | false | ']);
  assert.equal(database.table, 'packages');
});
