/** From the command line to an exit code; every error ends here, in words and with what to type next. */

import { runProgram } from './program.ts';
import { tell, wasTold } from './tell.ts';
import { makeTerminal, writeAll } from './terminal.ts';

/**
 * Runs one command; resolves to its exit code and never rejects. What nobody waits for and fails is told as well, and ends
 * the process with the code of a fault: Node's own code for it is 1, which means "something to watch" (exit.ts).
 */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = makeTerminal({
    env: process.env,
    tty: process.stdout.isTTY,
    columns: process.stdout.columns,
    argv,
    write: writeAll,
  });
  process.on('uncaughtException', (error) => {
    // Told, and the code was chosen then; or the daemon, whose log it belongs into.
    if (wasTold(error) || process.listenerCount('uncaughtException') > 1) return;
    process.exit(tell(error, terminal));
  });
  try {
    return await runProgram(argv, terminal);
  } catch (error) {
    return tell(error, terminal);
  }
}
