/** The body of a request. */

import type { Context } from 'hono';
import { VerbError } from '#model/verbs.ts';

/** The JSON of a request; whoever asks checks its shape. Throws VerbError "BAD-ARGUMENTS" for anything else. */
export async function jsonBody(context: Context): Promise<unknown> {
  if (!(context.req.header('content-type') ?? '').startsWith('application/json')) {
    throw new VerbError('BAD-ARGUMENTS', 'Send JSON (content-type: application/json).');
  }
  try {
    return JSON.parse(await context.req.text());
  } catch (error) {
    throw new VerbError('BAD-ARGUMENTS', 'The body is not JSON.', { cause: error });
  }
}
