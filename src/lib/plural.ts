/** Numbers with their nouns. */

/** With a comma at each thousand: 1418 → "1,418". */
export function thousands(number: number): string {
  const [whole = '', fraction] = String(number).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** "1 change", "1,418 changes"; irregular nouns with their own plural: plural(2, 'process', 'processes'). */
export function plural(number: number, noun: string, nouns = `${noun}s`): string {
  return `${thousands(number)} ${number === 1 ? noun : nouns}`;
}

const WORDS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'];

/** At the start of a sentence: "Two things", "No change", "1,418 things". */
export function pluralWords(number: number, noun: string, nouns = `${noun}s`): string {
  return `${WORDS[number] ?? thousands(number)} ${number === 1 ? noun : nouns}`;
}

/** "a", "a and b", "a, b and c". */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
