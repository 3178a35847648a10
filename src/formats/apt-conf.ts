/** apt.conf(5): nested scopes, as ReadConfigFile in apt's configuration.cc reads them. */

/** One value; `name` is the whole scope, "DPkg::Post-Invoke::" for an element of a list. */
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

/** Total: what stands in no statement is a reject. Comments are //, /* and # at the beginning of a word; #clear and #include are read over. */
export function parseAptConf(text: string): AptConf {
  const settings: AptSetting[] = [];
  const rejects: string[] = [];
  const scopes: string[] = [];
  let words: { readonly text: string; readonly quoted: boolean }[] = [];
  const scope = (name: string): string => [...scopes, name].filter((part) => part !== '').join('::');
  const end = (): void => {
    const [first, ...rest] = words;
    words = [];
    if (first === undefined) return;
    if (first.quoted && rest.length === 0) settings.push({ name: `${scope('')}::`, value: first.text });
    else if (first.quoted) rejects.push([first, ...rest].map((word) => word.text).join(' '));
    else if (rest.length > 0)
      settings.push({ name: scope(first.text), value: rest.map((word) => word.text).join(' ') });
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

function* tokensOf(text: string, rejects: string[]): Generator<{ readonly text: string; readonly quoted: boolean }> {
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
    at = TOKEN.lastIndex;
    const [whole, quoted, punctuation] = found;
    yield { text: quoted ?? punctuation ?? whole, quoted: quoted !== undefined };
  }
}

/** Comments outside of quotes; "#clear" and "#include" statements with them. */
function withoutComments(text: string): string {
  return text.replace(
    /"(?:[^"\\\n]|\\.)*(?:"|$)|\/\*[\s\S]*?(?:\*\/|$)|(?<=^|\s|;|\{|\})\/\/[^\n]*|(?<=^|[\s;{}])#[^\n]*/gm,
    (found) => (found.startsWith('"') ? found : ' '),
  );
}
