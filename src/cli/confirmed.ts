/** A question to the person at the terminal. */

import { createInterface } from 'node:readline/promises';

/** True for "y" and "yes" only. Ask only where standard input is a terminal. */
export async function confirmed(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(question)).trim());
  } finally {
    reader.close();
  }
}
