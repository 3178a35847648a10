/** A question to the person at the terminal. */

import { createInterface } from 'node:readline/promises';

/** True for "y" and "yes" only; Ctrl-C, Ctrl-D and an input that ends are a no. Ask only where standard input is a terminal. */
export async function confirmed(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<undefined>((done) => reader.once('close', () => done(undefined)));
  try {
    const answer = await Promise.race([reader.question(question).catch(given), ended]);
    // What was broken off has left the cursor behind the question.
    if (answer === undefined) process.stderr.write('\n');
    return answer !== undefined && /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

/** Readline rejects at Ctrl-C and Ctrl-D. */
function given(error: unknown): undefined {
  if (error instanceof Error && error.name === 'AbortError') return undefined;
  throw error;
}
