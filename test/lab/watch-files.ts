/**
 * Prints file events as JSON lines until its input ends, from the mount namespace that it is started in: for tests.
 * Arguments: the ways not to be tried (comma-separated, or "-"), then the paths; "@FILE" stands for itself and for the
 * paths that stand in it, which are followed.
 */

import { readFileSync } from 'node:fs';
import { openClock } from '#host/clock.ts';
import { openDpkgProof } from '#host/dpkg-proof.ts';
import { FileEventHub } from '#host/file-events.ts';
import { openFiles } from '#host/files.ts';
import type { Way } from '#host/mark-ways.ts';
import { openPackages } from '#host/packages.ts';
import { openProcesses } from '#host/processes.ts';
import { openUsers } from '#host/users.ts';
import { Writers } from '#host/writers.ts';

const [without = '-', ...paths] = process.argv.slice(2);
const files = openFiles();
const clock = openClock();
const processes = openProcesses({ files, clock, userName: openUsers(files, clock) });
const packages = openPackages(files, clock);
const writers = new Writers({ clock, files, processes, packages, isDpkg: openDpkgProof(packages) });
const hub = new FileEventHub({ files, clock, processes, writers, without: without.split(',') as Way[] });

const stop = new AbortController();
process.stdin.resume();
process.stdin.once('end', () => {
  stop.abort();
});
const named = (path: string): string[] =>
  path.startsWith('@') ? [path.slice(1), ...readFileSync(path.slice(1), 'utf8').split('\n').filter(Boolean)] : [path];
const follows = paths.some((path) => path.startsWith('@')) ? { follows: true as const } : {};
await using events = await hub.subscribe({ paths: () => paths.flatMap(named), ...follows }, stop.signal);
const tell = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
tell({ armed: events.by, gaps: events.gaps });
for await (const batch of events.batches)
  for (const { kind, path, directory, pid } of batch)
    tell({ kind, path, directory, pid, writer: writers.writerOf(path)?.who.exe ?? '' });
tell({ lost: events.lost() });
