/**
 * A question of `telltale sql` in a process of its own. SQLite cannot be interrupted from JavaScript, and Node builds it
 * without bounds for its memory, so a question without end would take the machine's: the kernel holds both bounds.
 */

import { text } from 'node:stream/consumers';
import { formatDuration } from '#lib/duration.ts';
import { spawnOwn } from '#lib/own-process.ts';
import { VerbError } from '#model/verbs.ts';
import { type SqlAnswer, type SqlQuestion, wrong } from './sql.ts';

/** What one question may take. */
export interface SqlBounds {
  readonly timeMs: number;
  readonly memoryBytes: number;
}

/** What the process says. */
export type SqlSaid =
  | { readonly answer: SqlAnswer }
  | { readonly refused: { readonly code: string; readonly message: string } };

/** For V8 within `memoryBytes`; the rest is SQLite's. */
const HEAP_MIB = 256;
export const SQL_MEMORY_BYTES = 512 << 20;

/** As `askSql`; VerbError "SQL" also when the bounds are reached. */
export async function askSqlApart(question: SqlQuestion, bounds: SqlBounds): Promise<SqlAnswer> {
  const child = spawnOwn({
    from: import.meta.url,
    source: 'sql-child.ts',
    release: 'sql.js',
    heapMiB: HEAP_MIB,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<string>();
  child.once('error', reject);
  child.once('close', (code, signal) => resolve(signal ?? `code ${code}`));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, bounds.timeMs);
  // One that ended early does not read its input: how it ended says why.
  child.stdin?.on('error', () => child.stdin?.destroy());
  child.stdin?.end(JSON.stringify({ question: { ...question, tables: question.tables.map(bare) }, bounds }));
  const [said, complaint, how] = await Promise.all([read(child.stdout), read(child.stderr), ended]);
  clearTimeout(timer);
  if (late || how === 'SIGXCPU')
    throw wrong(`no end after ${formatDuration(bounds.timeMs)}`, 'Ask for less, or give it --time-limit "10 min"');
  // V8's last words differ by what was refused.
  if (/heap out of memory|Fatal process|allocation failed/i.test(complaint)) throw tooMuchMemory(bounds);
  if (how !== 'code 0') throw new Error(`The process of the question ended with ${how}: ${complaint.slice(0, 2000)}`);
  const parsed = JSON.parse(said) as SqlSaid;
  if ('refused' in parsed) throw new VerbError(parsed.refused.code, parsed.refused.message);
  return parsed.answer;
}

/** What is said when the kernel refused more. */
export function tooMuchMemory({ memoryBytes }: SqlBounds): VerbError {
  return wrong(`it needs more than ${memoryBytes >> 20} MiB of memory`, 'Ask for fewer rows or columns');
}

/** Only what the question needs: declarations hold functions as well. */
function bare({ name, key, columns }: SqlQuestion['tables'][number]): SqlQuestion['tables'][number] {
  return { name, key, columns };
}

/** The process bounds what it writes: ANSWER_BYTES of sql.ts. */
async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : await text(stream);
}
