/** apt.conf(5): nested scopes, as ReadConfigFile in apt's configuration.cc reads them. */

/** One value; `name` is the whole scope, "DPkg::Post-Invoke::" for an element of a list, "#include" for a file or folder. */
export interface AptSetting {
  readonly name: string;
  readonly value: string;
}

export interface AptConf {
  readonly settings: readonly AptSetting[];
  /** Statements that could not be read. */
  readonly rejects: readonly string[];
}

const TOKEN = /"((?:[^"\\]|\\.)*)"|([{};])|([^\s"{};]+)/gy;
const MAX_DEPTH = 32;

/** Total: what stands in no statement is a reject. Comments are //, /* and # at the beginning of a word; #clear is read over, #include is a setting. */
export function parseAptConf(text: string): AptConf {
  const settings: AptSetting[] = [];
  const rejects: string[] = [];
  const scopes: string[] = [];
  let words: Word[] = [];
  const scope = (name: string): string => [...scopes, name].filter((part) => part !== '').join('::');
  const end = (): void => {
    const [first, ...rest] = words;
    words = [];
    if (first === undefined) return;
    // One word in a scope is an element of its list, quoted or not; of more the first is a name, also when it is quoted.
    if (first.text === '#include') settings.push({ name: first.text, value: valueOf(rest) });
    else if (rest.length > 0) settings.push({ name: scope(first.text), value: valueOf(rest) });
    else if (scopes.length > 0 || first.quoted) settings.push({ name: `${scope('')}::`, value: first.text });
  };
  for (const token of tokensOf(withoutComments(text), rejects)) {
    if (token.text === '{' && !token.quoted) {
      if (scopes.length >= MAX_DEPTH) rejects.push('too many scopes');
      scopes.push(words.map((word) => word.text).join(' '));
      words = [];
    } else if (token.text === '}' && !token.quoted) {
      end();
      if (scopes.pop() === undefined) rejects.push('}');
    } else if (token.text === ';' && !token.quoted) end();
    else words.push(token);
  }
  if (words.length > 0) rejects.push(words.map((word) => word.text).join(' '));
  return { settings, rejects };
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
  /** No blank stands before it: with the string before it is one. */
  readonly glued: boolean;
}

function valueOf(words: readonly Word[]): string {
  return words.reduce((value, { text, glued }, at) => (at === 0 || glued ? value + text : `${value} ${text}`), '');
}

function* tokensOf(text: string, rejects: string[]): Generator<Word> {
  let lastEnd = 0;
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) {
      rejects.push(text.slice(at, at + 80));
      return;
    }
    const glued = at === lastEnd;
    at = TOKEN.lastIndex;
    lastEnd = at;
    const [whole, quoted, punctuation] = found;
    yield { text: quoted ?? punctuation ?? whole, quoted: quoted !== undefined, glued };
  }
}

/** Comments outside of quotes; "#clear" statements with them. */
function withoutComments(text: string): string {
  return text.replace(
    /"(?:[^"\\\n]|\\.)*(?:"|$)|\/\*[\s\S]*?(?:\*\/|$)|(?<=^|\s|;|\{|\})\/\/[^\n]*|(?<=^|[\s;{}])#(?!include\b)[^\n]*/gm,
    (found) => (found.startsWith('"') ? found : ' '),
  );
}
