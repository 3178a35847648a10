/** From the command line to an exit code; every error ends here, in words and with what to type next. */

import { runProgram } from './program.ts';
import { tell } from './tell.ts';
import { makeTerminal, writeAll } from './terminal.ts';

/** Runs one command; resolves to its exit code and never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = makeTerminal({
    env: process.env,
    tty: process.stdout.isTTY,
    columns: process.stdout.columns,
    argv,
    write: writeAll,
  });
  try {
    return await runProgram(argv, terminal);
  } catch (error) {
    return tell(error, terminal);
  }
}
