/** What is done to the kernel, with the real daemon: a setting that is undone at once, and the drills about the kernel. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOverlaySite } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';

test('a setting that is weakened for half a second is told, with who did it; so are the drills about the kernel', {
  skip: needsRoot(),
}, async () => {
  await using site = await makeOverlaySite();
  const { overlay } = site;
  await overlay.sh(`sh -c 'echo 1 > ${FORWARD}; sleep 0.5; echo 0 > ${FORWARD}; sleep 0.1'`);
  const fits = (title: string): boolean => title.startsWith('Kernel setting net.ipv4.ip_forward was weakened');
  const [opened] = await site.told('the setting', ({ title, state }) => fits(title) && state === 'open');
  assert.equal(opened?.who?.comm, 'sh');
  assert.equal(opened.facts['file'], FORWARD);
  await site.told('its end', ({ title, state }) => fits(title) && state === 'closed');

  const rehearsed = await site.run('rehearse', 'kernel-setting', 'ebpf-program', 'trace-instance', 'full-disk');
  assert.equal(rehearsed.code, 0, rehearsed.stdout + rehearsed.stderr);
  assert.ok(!rehearsed.stdout.includes('skipped'), rehearsed.stdout);
  const lines = await site.alerts();
  const explained = (words: string): string | undefined =>
    lines.find(({ title }) => title.includes(words))?.explainedBy;
  assert.equal(explained('telltale_drill'), 'Telltale itself');
  assert.equal(explained('log_martians'), 'Telltale itself');
  // Nobody's hand is proven on these: they must not be grave enough to be sent to people.
  for (const rule of ['kprobe-new', 'disk-full', 'mount-new'])
    assert.ok(
      lines.filter((line) => line.rule === rule).every(({ severity }) => severity === 'low' || severity === 'info'),
    );
});
