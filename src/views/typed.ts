/** Commands of ours in our words, as they are typed where "telltale" is not found. */

/** Where a command begins: alone on a line, behind a colon, a semicolon, && or an opening quote or bracket. */
const COMMAND = /(?<=^\s*|[:;|&] |["'(`])telltale(?= [a-zA-Z<])/gm;

/** The words with `command` ("bin/telltale", a whole path) wherever one of our commands begins. */
export function typedAs(words: string, command: string): string {
  return command === 'telltale' ? words : words.replace(COMMAND, () => command);
}
