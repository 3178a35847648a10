/** Letters and bits by which the kernel says that something foreign is in it: Documentation/admin-guide/tainted-kernels.rst. */

/** By number of the bit: the letter of modules and oopses, and what it means. */
const flags: readonly (readonly [letter: string, words: string])[] = [
  ['P', 'proprietary module'],
  ['F', 'module loaded by force'],
  ['S', 'out of specification'],
  ['R', 'module unloaded by force'],
  ['M', 'machine check'],
  ['B', 'bad page'],
  ['U', 'set from user space'],
  ['D', 'it has crashed before (oops)'],
  ['A', 'ACPI table overridden'],
  ['W', 'it has warned before'],
  ['C', 'staging driver'],
  ['I', 'firmware bug worked around'],
  ['O', 'out-of-tree module'],
  ['E', 'unsigned module'],
  ['L', 'soft lock-up'],
  ['K', 'live patch'],
  ['X', 'auxiliary, set by the distribution'],
  ['T', 'structures laid out at random'],
  ['N', 'test module'],
  ['J', 'fwctl used'],
];

/** Letters of /proc/sys/kernel/tainted, in order of the bits; bits that nobody has named are left out. */
export function taintLetters(mask: number): string {
  return flags.flatMap(([letter], bit) => (Math.floor(mask / 2 ** bit) % 2 === 1 ? [letter] : [])).join('');
}

/** In words, "" for no letter; a letter that is not known stands for itself. */
export function taintWords(letters: string): string {
  return Array.from(letters, (letter) => flags.find(([known]) => known === letter)?.[1] ?? `"${letter}"`).join(', ');
}
