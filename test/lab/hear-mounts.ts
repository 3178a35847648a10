/** Mounts and unmounts in the mount namespace that it is started in, and says each time that it was heard: for tests. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStirrings } from '#host/stirrings.ts';

const place = mkdtempSync(join(tmpdir(), 'telltale-test-'));
const stop = new AbortController();
const patience = setTimeout(() => stop.abort(), 10_000);
const heard = openStirrings('mounts', stop.signal);
const times = heard.times[Symbol.asyncIterator]();
const said: string[] = [];
for (const [program, args] of [
  ['/usr/bin/mount', ['-t', 'tmpfs', 'test', place]],
  ['/usr/bin/umount', [place]],
] as const) {
  const next = times.next();
  // Later, so that what is heard is the kernel and not the start.
  setTimeout(() => execFileSync(program, args), 50);
  said.push((await next).done === true ? 'deaf' : 'stirred');
}
stop.abort();
said.push((await times.next()).done === true ? 'ended' : 'more');
clearTimeout(patience);
rmdirSync(place);
process.stdout.write(said.join(' '));
