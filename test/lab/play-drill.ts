/** Plays a drill in the namespaces that it is started in, and prints what a file says while it is played: for tests. */

import { readFileSync } from 'node:fs';
import { drills } from '#drills/index.ts';

const [name = '', file = ''] = process.argv.slice(2);
const drill = drills.find((candidate) => candidate.name === name);
if (drill === undefined) throw new Error(`No drill is called "${name}"`);
const said: { words: string; during: string } = { words: '', during: '' };
{
  await using act = await drill.act({ own: new Set() }, AbortSignal.timeout(10_000));
  said.words = act.words;
  said.during = readFileSync(file, 'utf8');
}
process.stdout.write(JSON.stringify(said));
