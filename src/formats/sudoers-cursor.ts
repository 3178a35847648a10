/** Words of sudoers: a position in a line, and what may stand there. Quotes and backslashes as in sudoers(5). */

/** Ends a name where nothing escapes it. */
const NAME_ENDS = /[\s,:=()"]/;

/** An IPv6 address with its "!" is not longer. */
const MAX_ADDRESS = 64;

export class SudoersCursor {
  readonly #text: string;
  #at = 0;

  /** `skip`: blanks before the first word are passed over. */
  constructor(text: string, skip = true) {
    this.#text = text;
    if (skip) this.#blanks();
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Takes this character with the blanks behind it. */
  take(char: string): boolean {
    if (this.#text.charAt(this.#at) !== char) return false;
    this.#at += 1;
    this.#blanks();
    return true;
  }

  /** Takes what a sticky pattern finds here, with the blanks behind it. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#blanks();
    return found;
  }

  /** Names of users, groups, hosts or aliases with commas between; "!" and "%" stay a part of the name. */
  list(): readonly string[] {
    const items: string[] = [];
    do {
      const item = this.#name();
      if (item === '') break;
      items.push(item);
    } while (this.take(','));
    return items;
  }

  /** Commands with commas between. `words`: without arguments, as in Defaults!command. */
  commandList(words = false): readonly string[] {
    const items: string[] = [];
    do {
      const item = words ? this.#name() : this.command();
      if (item === undefined || item === '') break;
      items.push(item);
    } while (this.take(','));
    return items;
  }

  /** One command with its arguments, up to a comma or colon that nothing escapes; escapes are kept, blanks made one. */
  command(): string | undefined {
    let digest = '';
    for (let found = this.match(DIGEST); found !== undefined; found = this.match(DIGEST)) digest += `${found.trim()} `;
    const bang = this.#bang();
    let text = '';
    let quoted = false;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (!quoted && (char === ',' || char === ':' || char === '=')) break;
      if (char === '\\') {
        text += this.#text.slice(this.#at, this.#at + 2);
        this.#at += 2;
        continue;
      }
      if (char === '"') quoted = !quoted;
      text += char;
      this.#at += 1;
    }
    const command = text.trim().replaceAll(/[ \t]+/g, ' ');
    return command === '' || quoted ? undefined : `${digest}${bang}${command}`;
  }

  /** Settings of Defaults with commas between: "name", "!name", "name=value", "name+=value", as written. */
  settings(): readonly string[] {
    const settings: string[] = [];
    this.#blanks();
    do {
      const bang = this.#bang();
      const name = this.match(/[a-z_][a-z0-9_]*/y);
      if (name === undefined) break;
      const sign = this.match(/[+-]?=/y);
      const value = sign === undefined ? '' : this.#value();
      settings.push(`${bang}${name}${sign ?? ''}${value}`);
    } while (this.take(','));
    return settings;
  }

  /** Two of them are none (toke.l): "!!bob" is bob. */
  #bang(): string {
    const count = this.match(/(?:![ \t]*)+/y)?.replaceAll(/[ \t]/g, '').length ?? 0;
    return count % 2 === 0 ? '' : '!';
  }

  #value(): string {
    const quoted = this.match(/"(?:[^"\\]|\\.)*"/y);
    return quoted ?? this.match(/(?:[^\s,\\]|\\.)+/y) ?? '';
  }

  #name(): string {
    let text = this.#bang();
    let named = false;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        const end = this.#text.indexOf('"', this.#at + 1);
        if (end < 0) return '';
        text += this.#text.slice(this.#at + 1, end);
        this.#at = end + 1;
      } else if (char === '\\') {
        text += this.#text.charAt(this.#at + 1);
        this.#at += 2;
      } else if (NAME_ENDS.test(char) && !this.#isColonInside(text, char)) break;
      else {
        text += char;
        this.#at += 1;
      }
      named = true;
    }
    this.#blanks();
    return named ? text : '';
  }

  /** "%:group" of other directories, and the colons of an IPv6 address. */
  #isColonInside(text: string, char: string): boolean {
    if (char !== ':' || text.length > MAX_ADDRESS) return false;
    return /^!*%$/.test(text) || (/^!*[0-9a-f]*(?::[0-9a-f]*)*$/i.test(text) && this.#isInAddress(text.endsWith(':')));
  }

  /** `second`: of the two in "::", behind which an address may end. */
  #isInAddress(second: boolean): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 3);
    return /^:[0-9a-f:]/i.test(rest) || (second && /^:(?:\/\d|=)/.test(rest));
  }

  #blanks(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at += 1;
  }
}

const DIGEST = /sha(?:224|256|384|512):[A-Za-z0-9+/=]+[ \t]*(?:,[ \t]*(?=sha))?/y;
