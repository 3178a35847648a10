/**
 * Reads conf.lsm of Linux Socket Monitor: shell assignments that its script sourced. Nothing is executed: a line that
 * would need a shell is told as not taken over. See docs/import/lsm.md.
 */

/** What a line of the file became. */
export interface LsmLine {
  readonly line: number;
  readonly text: string;
  /** took: it is in the settings. same: Telltale does this anyway. left: it could not be taken over. */
  readonly outcome: 'took' | 'same' | 'left';
  readonly words: string;
}

export interface LsmImport {
  readonly lines: readonly LsmLine[];
  /** Recipient (USER), undefined when the file names none. */
  readonly to: string | undefined;
  /** Subject (SUB), still with $HOSTNAME in it. */
  readonly subject: string | undefined;
}

const MAX_LINES = 10_000;

/** What LSM's own variables mean here, beside USER and SUB. */
const OTHERS: Readonly<Record<string, string>> = {
  INSPATH: 'Telltale keeps what it knows in its state directory',
  LOGFILE: 'every change is in the record: telltale changes --all',
  VER: 'the version of LSM itself',
  APPN: 'the name of LSM itself',
  CNF: 'the settings are in one file: telltale config show',
};

/** Every line that is no comment and not empty is in `lines`, with what became of it. */
export function parseLsm(text: string): LsmImport {
  const lines: LsmLine[] = [];
  const values = new Map<string, string>();
  text.split('\n', MAX_LINES).forEach((raw, index) => {
    const told = readLine(raw.replace(/\r$/, '').trim(), values);
    if (told !== undefined) lines.push({ line: index + 1, text: raw.trim().slice(0, 400), ...told });
  });
  return { lines, to: values.get('USER'), subject: values.get('SUB') };
}

function readLine(text: string, values: Map<string, string>): Pick<LsmLine, 'outcome' | 'words'> | undefined {
  if (text === '' || text.startsWith('#')) return undefined;
  const match = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(text);
  if (match === null) return { outcome: 'left', words: 'is no assignment; Telltale never executes the file' };
  const [, name = '', rest = ''] = match;
  const value = readValue(rest);
  if ('wrong' in value) return { outcome: 'left', words: value.wrong };
  if (name === 'USER') return takeUser(value.text, values);
  if (name === 'SUB') return takeSubject(value.text, values);
  const same = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  return same === undefined
    ? { outcome: 'left', words: `Telltale has no setting like ${name}` }
    : { outcome: 'same', words: same };
}

function takeUser(value: string, values: Map<string, string>): Pick<LsmLine, 'outcome' | 'words'> {
  const addresses = value.split(/[\s,]+/).filter((part) => part !== '');
  const bad = addresses.find((address) => address.startsWith('-') || !/^[\w.+@=~^{}|!#%&'*/?-]+$/.test(address));
  if (addresses.length === 0) return { outcome: 'left', words: 'names nobody' };
  if (bad !== undefined) return { outcome: 'left', words: `"${bad}" is no mail address` };
  values.set('USER', addresses.join(','));
  return { outcome: 'took', words: `mail goes to ${addresses.join(' and ')}` };
}

function takeSubject(value: string, values: Map<string, string>): Pick<LsmLine, 'outcome' | 'words'> {
  const subject = value.replaceAll('${HOSTNAME}', '$HOSTNAME');
  const other = /\$\{?(?!HOSTNAME\b)\w*/.exec(subject);
  if (other !== null)
    return { outcome: 'left', words: `"${other[0]}" is filled in by a shell only; $HOSTNAME is known here` };
  if (subject === '' || subject.length > 200) return { outcome: 'left', words: 'a subject has 1 to 200 characters' };
  values.set('SUB', subject);
  return { outcome: 'took', words: 'is the subject of the mails' };
}

/** The value of a shell assignment: quotes as POSIX (XCU 2.2) has them, then only a comment may follow. */
export function readValue(text: string): { readonly text: string } | { readonly wrong: string } {
  let value = '';
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === ' ' || char === '\t') {
      const rest = text.slice(at).trim();
      return rest === '' || rest.startsWith('#')
        ? { text: value }
        : { wrong: 'has a command after the value; Telltale executes none' };
    }
    const part = char === "'" ? single(text, at) : char === '"' ? double(text, at) : bare(text, at);
    if ('wrong' in part) return part;
    value += part.text;
    at = part.end;
  }
  return { text: value };
}

type Part = { readonly text: string; readonly end: number } | { readonly wrong: string };

const RUNS = { wrong: 'would run a command; Telltale executes none' } as const;

function single(text: string, at: number): Part {
  const end = text.indexOf("'", at + 1);
  return end === -1 ? { wrong: 'has a quote that is not closed' } : { text: text.slice(at + 1, end), end: end + 1 };
}

function double(text: string, at: number): Part {
  let value = '';
  for (let next = at + 1; next < text.length; next += 1) {
    const char = text[next] ?? '';
    if (char === '"') return { text: value, end: next + 1 };
    if (char === '`' || (char === '$' && text[next + 1] === '(')) return RUNS;
    if (char === '\\' && '$`"\\'.includes(text[next + 1] ?? ' ')) next += 1;
    value += text[next] ?? '';
  }
  return { wrong: 'has a quote that is not closed' };
}

function bare(text: string, at: number): Part {
  const char = text[at] ?? '';
  if (char === '`' || (char === '$' && text[at + 1] === '(')) return RUNS;
  if (';&|<>()'.includes(char)) return { wrong: `has "${char}" in it; Telltale executes nothing` };
  if (char === '\\') return { text: text[at + 1] ?? '', end: at + 2 };
  return { text: char, end: at + 1 };
}

/** Settings that do the same, as plain data for YAML; undefined when the file names nobody to mail to. */
export function lsmSettings({ to, subject }: LsmImport): Readonly<Record<string, unknown>> | undefined {
  if (to === undefined) return undefined;
  const list = to.split(',');
  return {
    compare: { mail: true },
    notifiers: [
      { type: 'mail', to: list.length === 1 ? list[0] : list, ...(subject === undefined ? {} : { subject }) },
    ],
  };
}
