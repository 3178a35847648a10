import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeTemp } from '#test/lab/temp.ts';
import { spawnOwn } from './own-process.ts';

/** Tries what somebody would who took the process over, and tells of it as JSON. */
const takenOver = `
const { readFileSync, writeFileSync } = require('node:fs');
const code = (attempt) => { try { attempt(); return 'done'; } catch (error) { return error.code ?? error.message; } };
const [, , settings] = process.argv;
console.log(JSON.stringify({
  settings: JSON.parse(settings),
  program: code(() => require('node:child_process').execFileSync('/bin/true')),
  native: code(() => process.dlopen({ exports: {} }, '/nonexistent.node')),
  worker: code(() => new (require('node:worker_threads').Worker)('1', { eval: true })),
  text: code(() => new Function('return 1')),
  elsewhere: code(() => writeFileSync(settings.slice(1, -1) + '.other', '')),
  allowed: code(() => writeFileSync(settings.slice(1, -1), '')),
  newPrivileges: /^NoNewPrivs:\\t(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1],
  environment: Object.keys(process.env).filter((name) => name !== 'NODE_COMPILE_CACHE').sort(),
  folder: process.cwd(),
}));`;

async function said(child: ChildProcess): Promise<Record<string, unknown>> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  return JSON.parse(text) as Record<string, unknown>;
}

test('a process that only needs its sockets can neither start, load, write nor win anything', async () => {
  await using temp = await makeTemp();
  writeFileSync(join(temp.path, 'child.cts'), takenOver);
  const mine = join(temp.path, 'mine');
  const before = { ...process.env };
  Object.assign(process.env, { MAIL_PASSWORD: 'x', NODE_OPTIONS: '--require=/nonexistent', TZ: 'UTC' });
  const start = (writes?: readonly string[]): ChildProcess =>
    spawnOwn({
      from: pathToFileURL(join(temp.path, 'launch.ts')).href,
      source: 'child.cts',
      release: 'child.js',
      heapMiB: 32,
      stdio: ['ignore', 'pipe', 'inherit'],
      settings: mine,
      ...(writes !== undefined && { writes }),
    });
  try {
    assert.deepEqual(await said(start([mine])), {
      settings: mine,
      program: 'ERR_ACCESS_DENIED',
      native: 'ERR_DLOPEN_DISABLED',
      worker: 'ERR_ACCESS_DENIED',
      text: 'Code generation from strings disallowed for this context',
      elsewhere: 'ERR_ACCESS_DENIED',
      allowed: 'done',
      newPrivileges: '1',
      environment: ['TZ'],
      folder: '/',
    });
    const free = await said(start());
    assert.deepEqual([free['program'], free['elsewhere'], free['newPrivileges']], ['done', 'done', '1']);
  } finally {
    for (const name of ['MAIL_PASSWORD', 'NODE_OPTIONS', 'TZ']) delete process.env[name];
    Object.assign(process.env, before);
  }
});
