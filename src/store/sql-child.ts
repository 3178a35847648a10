/** The process that answers one question of `telltale sql`: the question as JSON on its input, the answer on its output. */

import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { limitSelf } from '#host/process-limits.ts';
import { VerbError } from '#model/verbs.ts';
import { askSql, type SqlQuestion } from './sql.ts';
import { type SqlBounds, type SqlSaid, tooMuchMemory } from './sql-apart.ts';

const { question, bounds } = JSON.parse(await text(process.stdin)) as { question: SqlQuestion; bounds: SqlBounds };
limitSelf({ memoryBytes: bounds.memoryBytes, cpuSeconds: Math.ceil(bounds.timeMs / 1000) + 1 });
const said = Buffer.from(JSON.stringify(answer()));
for (let at = 0; at < said.length; ) at += writeSync(1, said, at);

function answer(): SqlSaid {
  try {
    return { answer: askSql(question) };
  } catch (error) {
    if (!(error instanceof VerbError)) throw error;
    // SQLITE_NOMEM: malloc was refused by the kernel.
    const { code, message } = /: out of memory\./.test(error.message) ? tooMuchMemory(bounds) : error;
    return { refused: { code, message } };
  }
}
