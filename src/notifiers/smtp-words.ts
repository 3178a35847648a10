/** Why a mail server did not take a message, in words that say what to look at. */

import { shorten, visible } from '#lib/escape.ts';

/** Errors of connections that people meet when they set up mail. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'the server closed the connection',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'no answer came',
  ENOTFOUND: 'no address is known for that name',
  EAI_AGAIN: 'that name cannot be looked up now',
};

/** Of certificates Node says what a programmer would do. */
const NODES_ADVICE = /; if the root CA is installed locally, try running Node\.js with --use-system-ca/;

/** What failed, with the server's own words where there are any; harmless and short. */
export function refusalWords(error: Error & { readonly response?: unknown; readonly code?: unknown }): string {
  const code = typeof error.code === 'string' ? error.code : '';
  const known = Object.keys(WORDS).find((name) => name === code || error.message.includes(name));
  if (known !== undefined) return `${WORDS[known]} (${known})`;
  const response = typeof error.response === 'string' ? error.response : '';
  const words = error.message.includes(response) ? error.message : `${error.message}: ${response}`;
  const plain = words.replace(NODES_ADVICE, '; if it is your own, name its authority in "caFile"');
  return `${shorten(visible(plain), 400)}${code === '' || words.includes(code) ? '' : ` (${code})`}`;
}
