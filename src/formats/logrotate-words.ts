/** Splits log file names as popt(3) splits a command line: blanks divide, ' " and \ quote. */

/** Words of Latin-1 text; undefined when it ends in a lone backslash. Empty quotes give no word, as in popt. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === quote) {
      quote = '';
    } else if (character === '\\') {
      at += 1;
      const next = text[at];
      if (next === undefined) return undefined;
      word += quote !== '' && next !== quote ? `\\${next}` : next;
    } else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
    } else if (quote === '' && /[ \t\n\v\f\r]/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else {
      word += character;
    }
  }
  if (word !== '') words.push(word);
  return words;
}
