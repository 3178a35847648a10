/** Splits log file names as popt(3) splits a command line: blanks divide, ' " and \ quote. */

/** Words of Latin-1 text; undefined when it ends in a lone backslash. Empty quotes give no word, as in popt. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  let quote = '';
  const pieces = text.matchAll(/\\([\s\S]?)|["']|[ \t\n\v\f\r]+|[^\\"' \t\n\v\f\r]+/g);
  for (const [piece, escaped] of pieces) {
    if (escaped === '') return undefined;
    if (escaped !== undefined) word += quote !== '' && escaped !== quote ? piece : escaped;
    else if (piece === quote) quote = '';
    else if (quote !== '') word += piece;
    else if (piece === '"' || piece === "'") quote = piece;
    else if (piece.trim() !== '') word += piece;
    else word = finish(words, word);
  }
  finish(words, word);
  return words;
}

function finish(words: string[], word: string): '' {
  if (word !== '') words.push(word);
  return '';
}
