import assert from 'node:assert/strict';
import test from 'node:test';
import { openFiles } from '#host/files.ts';
import type { Kernel } from '#model/kernel.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import sensor from './kernel-hooks.ts';

const signal = new AbortController().signal;

async function look(files: Readonly<Record<string, MadeFile>>) {
  await using folder = await captureFolder({ '/trace/README': '', '/debug/x': '', ...files });
  const roots = { tracefs: 'trace', debugfs: 'debug', securityfs: 'none' } as const;
  const kernel = {
    pseudo: (name: keyof typeof roots) => openFiles(`${folder.path}/${roots[name]}`),
  } as unknown as Kernel;
  const { rows, gaps } = await sensor.look({ ...folder.host, kernel }, signal);
  return { rows: rows.map((row) => `${row.kind}: ${row.target} ${row.name}`.trim()), gaps };
}

test('probes, functions, patches, tracers and instances of others are rows; ours are not', async () => {
  const { rows, gaps } = await look({
    '/trace/dynamic_events': 'p:kprobes/open do_sys_openat2\np:uprobes/pw /lib/libpam.so.0:0x1234\n',
    '/trace/kprobe_events': 'p:kprobes/open do_sys_openat2\n',
    '/trace/uprobe_events': 'p:uprobes/pw /lib/libpam.so.0:0x1234\n',
    '/trace/enabled_functions': 'tcp4_seq_show (1) R I \ttramp: 0xff\n',
    '/trace/current_tracer': 'function\n',
    '/trace/instances/telltale-0123abcd/x': '',
    '/trace/instances/foo/x': '',
    '/trace/instances/telltale-0123abcd-processes/x': '',
    '/debug/kprobes/list': 'ffffffff81234567  k  filldir64+0x0    [FTRACE]\n',
    '/sys/kernel/livepatch/fix/enabled': '1\n',
  });
  assert.deepEqual(gaps, []);
  assert.deepEqual(rows, [
    'probe: do_sys_openat2 kprobes/open',
    'user probe: /lib/libpam.so.0:0x1234 uprobes/pw',
    'traced function: tcp4_seq_show',
    'tracer: function',
    'instance: foo',
    'kprobe: filldir64+0x0',
    'live patch: fix',
  ]);
});

test('a quiet kernel has no rows; what it refuses is said, what it has not is nothing', async () => {
  assert.deepEqual(await look({ '/trace/current_tracer': 'nop\n' }), { rows: [], gaps: [] });
  const { gaps } = await look({
    '/trace/kprobe_events': 'damaged\n',
    '/trace/enabled_functions': { folder: true, mode: 0o755 },
  });
  assert.deepEqual(gaps, [
    { what: 'kprobe_events', why: 'unreadable line "damaged"' },
    { what: 'enabled_functions', why: 'EISDIR', reduced: true },
  ]);
});

test('a recorded host has none, and a kernel without tracefs says so', async () => {
  await using folder = await captureFolder({});
  assert.deepEqual((await sensor.look(folder.host, signal)).gaps, []);
  const kernel = { pseudo: () => ({ error: 'tracefs: EPERM', path: 'x' }) } as unknown as Kernel;
  const { gaps } = await sensor.look({ ...folder.host, kernel }, signal);
  assert.deepEqual(gaps, [{ what: 'tracefs', why: 'tracefs: EPERM', reduced: true }]);
});
