/** /etc/aliases and ~/.forward, as far as they run a program: aliases(5) of Postfix and Sendmail. */

/** A destination that runs a program or reads more destinations from a file. */
export interface MailProgram {
  /** Local part; "" in a .forward. */
  readonly name: string;
  /** Without the bar; ":include:/file" as it stands. */
  readonly command: string;
}

/** Total: lines that begin with a blank continue the one before. */
export function aliasPrograms(text: string): MailProgram[] {
  const lines = text.replace(/\n[ \t]+(?=[^\s#])/g, ' ').split('\n');
  return lines.flatMap((line) => {
    const [, quoted, plain, rest = ''] = /^(?:"([^"]*)"\s*|([^\s#:"][^:"]*)):(.*)$/s.exec(line) ?? [];
    const name = quoted ?? plain;
    return name === undefined ? [] : programsIn(rest).map((command) => ({ name: name.trim(), command }));
  });
}

/** Destinations, one or more a line. */
export function forwardPrograms(text: string): MailProgram[] {
  return text
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .flatMap(programsIn)
    .map((command) => ({ name: '', command }));
}

function programsIn(destinations: string): string[] {
  const words = destinations.match(/(?:\|\s*)?"(?:[^"\\]|\\.?)*(?:"|$)|[^,"]+/g) ?? [];
  return words.flatMap((word) => {
    const bare = word.trim().replace(/^"(.*)"$/, '$1');
    if (bare.startsWith('|'))
      return [
        bare
          .slice(1)
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .replaceAll('\\"', '"'),
      ];
    return bare.startsWith(':include:') ? [bare] : [];
  });
}
