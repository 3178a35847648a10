/** From a real scanner to the page: daemon, packet ring, nftables and web process, all in a namespace of their own. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { telltale } from '#test/lab/site.ts';
import { makeStar, type Star } from '#test/lab/star.ts';
import { makeTemp } from '#test/lab/temp.ts';
import type { BlocksView, ScansView, ScanView } from '#web/api/scan-shapes.ts';
import { ensurePage } from '#web/ensure-page.ts';
import { until } from './rig.ts';

const NMAP = '/usr/bin/nmap';
const able = process.getuid?.() === 0 && existsSync(NMAP) && existsSync('/usr/sbin/nft');
const LISTEN =
  'socket(S,AF_INET,SOCK_STREAM,0)||die; bind(S,sockaddr_in(22,INADDR_ANY))||die; listen(S,5)||die; print "open"; $|=1; sleep 600';

/** A browser without a screen: logs in with the link, then asks; prints the answers as one JSON object by path. */
const ask = (link: string, paths: readonly string[]): string => `
const [, address, token] = /^(.*)\\/#k=(.*)$/.exec(${JSON.stringify(link)});
const headers = { 'content-type': 'application/json', 'x-telltale': 'none' };
const login = await fetch(address + '/api/login/link', { method: 'POST', headers, body: JSON.stringify({ token }) });
headers['x-telltale'] = (await login.json()).key;
headers.cookie = login.headers.get('set-cookie').split(';')[0];
const found = {};
for (const path of ${JSON.stringify(paths)}) found[path] = await (await fetch(address + '/api/' + path, { headers })).json();
console.log(JSON.stringify(found));`;

/** The daemon with its page and its answers on; resolves to the option that finds it. */
async function startWatch({ middle }: Star, folder: string): Promise<readonly string[]> {
  const config = join(folder, 'telltale.yaml');
  const ready = join(folder, 'ready');
  const state = ['--state-dir', join(folder, 'state')];
  const settings = [
    'web: { listen: 127.0.0.1:7777 }',
    'watch: { namespaces: own }',
    'answers: { mode: on, for: 5 min }',
  ];
  writeFileSync(config, `${settings.join('\n')}\n`);
  const daemon = middle.spawn(telltale, ['daemon', '--config', config, ...state, '--ready-file', ready]);
  daemon.stdout?.resume();
  daemon.stderr?.resume();
  const endMs = performance.now() + 60_000;
  while (!existsSync(ready) || readFileSync(ready, 'utf8') === '') {
    assert.ok(performance.now() < endMs && daemon.exitCode === null, 'the daemon starts');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return state;
}

function assertWithin({ picture, firstMs, lastMs }: ScanView): void {
  assert.ok(picture.dots.length >= 15, `${picture.dots.length} probes`);
  for (const [afterMs, lane, port] of picture.dots) {
    assert.ok(afterMs >= 0 && afterMs <= lastMs - firstMs + 1000, `${afterMs} ms`);
    assert.ok(lane === 0 && port >= 20 && port <= 40, `lane ${lane}, port ${port}`);
  }
}

test('nmap scans, and the page shows who it was, each probe, what answered, and the block', {
  skip: !able && 'needs root, nmap and nft',
  timeout: 120_000,
}, async () => {
  assert.ok((await ensurePage()).ok);
  await using temp = await makeTemp();
  await using star = await makeStar();
  const from = await star.neighbour();
  star.middle.spawn('/usr/bin/perl', ['-MSocket=:all', '-e', LISTEN]);
  const state = await startWatch(star, temp.path);
  await from.net.run(NMAP, ['-n', '-Pn', '-sT', '--max-retries', '1', '-p', '20-40', from.target4]);
  await until('the block', async () => {
    const { stdout } = await star.middle.run(telltale, ['blocks', ...state]);
    return stdout.includes(from.v4);
  });
  const { stdout: said } = await star.middle.run(telltale, ['web', ...state]);
  const [link = ''] = /http:\S+/.exec(said) ?? [];
  const script = ask(link, ['scans?hours=1', 'blocks']);
  const { stdout, stderr } = await star.middle.run(process.execPath, ['--input-type=module', '-e', script]);
  const found = JSON.parse(stdout || assert.fail(stderr)) as { 'scans?hours=1': ScansView; blocks: BlocksView };
  const { scans, headline } = found['scans?hours=1'];
  assert.equal(headline, 'One scan goes on now.');
  const [scan] = scans;
  assert.equal(scan?.source, from.v4);
  assert.deepEqual(scan.learned, ['22']);
  assertWithin(scan);
  assert.equal(scan.block?.target, from.v4);
  assert.deepEqual(
    found.blocks.standing.map(({ target, alert }) => [target, alert]),
    [[from.v4, scan.id]],
  );
});
