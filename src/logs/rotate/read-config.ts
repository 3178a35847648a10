/** Reads configuration files and folders into sets of logs, with the checks of their owner and mode. */

import type { Stats } from 'node:fs';
import { type Cursor, scanConfig, type Verdict } from '#formats/logrotate-scan.ts';
import { splitWords } from '#formats/logrotate-words.ts';
import { directives, type Place } from './directives.ts';
import { close, fstat, list, open, readText, statOrWhy } from './files.ts';
import { compareNames, expand, matchName, matchPath } from './glob.ts';
import type { Messages } from './messages.ts';
import { readyOlddir } from './olddir.ts';
import { defaultPolicy, type LogSet, type Policy } from './policy.ts';

/** What a configuration came to. */
export interface Configuration {
  readonly sets: LogSet[];
  /** False when something was wrong enough for exit code 1. */
  sound: boolean;
  globals: Policy;
}

const MAX_BYTES = 0xffffff;
const MAX_NESTING = 16;
const TABOO = [
  ',v .bak .cfsaved .disabled .dpkg-bak .dpkg-del .dpkg-dist .dpkg-new .dpkg-old .dpkg-tmp .new .old .orig .pacnew',
  '.pacorig .pacsave .rpmnew .rpmorig .rpmsave .swp .ucf-dist .ucf-new .ucf-old ~',
]
  .join(' ')
  .split(' ')
  .map((extension) => `*${extension}`)
  .concat('*.rhn-cfg-tmp-*');

interface Reading {
  readonly out: Configuration;
  readonly messages: Messages;
  /** --debug: folders that are missing are not made. */
  readonly dry: boolean;
  taboo: readonly string[];
  nesting: number;
  /** Logs that an interrupted run moved away: they belong to the patterns that would match them. */
  readonly away: readonly string[];
  /** Log → the set that has it already. */
  readonly seen: Map<string, LogSet>;
}

/** Reads the files and folders named on the command line, in their order. Relative names are seen from here. */
export function readConfiguration(
  paths: readonly string[],
  messages: Messages,
  { dry, away = [] }: { readonly dry: boolean; readonly away?: readonly string[] },
): Configuration {
  const out: Configuration = { sets: [], sound: true, globals: defaultPolicy() };
  const reading: Reading = { out, messages, dry, away, taboo: TABOO, nesting: 0, seen: new Map() };
  for (const path of paths) if (!readPath(reading, path)) out.sound = false;
  return out;
}

function readPath(reading: Reading, path: string): boolean {
  const found = statOrWhy(path);
  if ('failed' in found) {
    reading.messages.error(`cannot stat ${path}: ${found.failed.words}\n`);
    return false;
  }
  if (found.value.isDirectory()) return readFolder(reading, path);
  return readFile(reading, path, path);
}

function readFolder(reading: Reading, folder: string): boolean {
  const entries = list(folder);
  if ('failed' in entries) {
    reading.messages.error(`cannot open directory ${folder}: ${entries.failed.words}\n`);
    return false;
  }
  const names: string[] = [];
  for (const { name } of entries.value) {
    const taboo = reading.taboo.find((pattern) => matchName(pattern, name, true));
    if (taboo !== undefined) reading.messages.debug(`Ignoring ${name}, because of ${taboo} pattern match\n`);
    else names.push(name);
  }
  let sound = true;
  for (const name of names.sort(compareNames)) {
    if (readFile(reading, `${folder}/${name}`, name)) continue;
    reading.messages.error(`found error in file ${name}, skipping\n`);
    sound = false;
  }
  return sound;
}

/** `label` is what messages call the file. A file that is given up leaves the globals as they were before it. */
function readFile(reading: Reading, path: string, label: string): boolean {
  const text = readChecked(reading, path, label);
  if (typeof text !== 'string') return text;
  reading.messages.debug(`reading config file ${label}\n`);
  const before = reading.out.globals;
  reading.out.globals = { ...before };
  const soundBefore = reading.out.sound;
  reading.out.sound = true;
  const whole = new FileReader(reading, label).read(text);
  if (!whole) reading.out.globals = before;
  const sound = whole && reading.out.sound;
  reading.out.sound = soundBefore && sound;
  return whole;
}

/** The text, or whether leaving the file out is fine. */
function readChecked({ messages }: Reading, path: string, label: string): string | boolean {
  // Not O_NOFOLLOW: configurations are often symlinks (stow, alternatives); their owner and mode are checked instead.
  const fd = open(path, 'readThrough');
  if ('failed' in fd) {
    messages.error(`failed to open config file ${label}: ${fd.failed.words}\n`);
    return false;
  }
  try {
    const found = fstat(fd.value);
    const left = leaveOut(found, label, messages);
    if (left !== undefined) return left;
    const text = readText(fd.value);
    if ('value' in text) return text.value;
    messages.error(`Error mapping config file ${label}: ${text.failed.words}\n`);
    return false;
  } finally {
    close(fd.value);
  }
}

/** undefined: read it. true: leave it out, that is fine. false: leave it out, that is an error. */
function leaveOut(found: Stats, label: string, messages: Messages): boolean | undefined {
  if (!found.isFile()) {
    messages.debug(`Ignoring ${label} because it's not a regular file.\n`);
    return true;
  }
  if (process.getuid?.() === 0) {
    if ((found.mode & 0o7533) !== 0o400) {
      messages.warning(`Potentially dangerous mode on ${label}: 0${(found.mode & 0o7777).toString(8)}\n`);
    }
    // Both are errors since 3.22; before, the file was left out and the exit code stayed 0.
    if ((found.mode & 0o022) !== 0) {
      messages.error(`Ignoring ${label} because it is writable by group or others.\n`);
      return false;
    }
    if (found.uid !== 0) {
      messages.error(`Ignoring ${label} because the file owner is wrong (should be root or user with uid 0).\n`);
      return false;
    }
  }
  if (found.size > MAX_BYTES) {
    messages.error(`file ${label} too large, probably not a config file.\n`);
    return false;
  }
  if (found.size === 0) {
    messages.debug(`Ignoring ${label} because it's empty.\n`);
    return true;
  }
  return undefined;
}

/** One file on its way through the walk. */
class FileReader {
  readonly #reading: Reading;
  readonly #label: string;
  #set: LogSet | undefined;
  #asked = false;

  constructor(reading: Reading, label: string) {
    this.#reading = reading;
    this.#label = label;
  }

  read(text: string): boolean {
    const whole = scanConfig(text, {
      word: (word, cursor) => this.#word(word, cursor),
      names: (names, cursor) => this.#names(names, cursor),
      close: (cursor) => this.#close(cursor),
      script: (word, script) => {
        const policy = this.#policy();
        policy.scripts = { ...policy.scripts, [word]: script };
      },
      mistake: (where, words) => {
        this.#reading.messages.error(`${this.#label}:${where}${where === '' ? '' : ' '}${words}\n`);
      },
      skipping: () => {
        this.#reading.messages.error(`found error in ${this.#set?.pattern ?? ''}, skipping\n`);
      },
      skipped: () => this.#drop(),
    });
    if (!whole && this.#set !== undefined) this.#drop();
    return whole;
  }

  #policy(): Policy {
    return this.#set ?? this.#reading.out.globals;
  }

  #unsound(): void {
    this.#reading.out.sound = false;
  }

  #drop(): void {
    const { out, messages, seen } = this.#reading;
    messages.debug('removing last 1 log configs\n');
    this.#unsound();
    if (this.#set === undefined) return;
    out.sets.splice(out.sets.indexOf(this.#set), 1);
    for (const [path, set] of seen) if (set === this.#set) seen.delete(path);
    this.#set = undefined;
  }

  #word(word: string, cursor: Cursor): Verdict {
    const { messages } = this.#reading;
    const apply = directives.get(word);
    const at = `${this.#label}:${cursor.line}`;
    if (apply === undefined) {
      messages.error(`${at} unknown option '${word}' -- ignoring line\n`);
      while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '\n') cursor.at += 1;
      return 'go';
    }
    const place: Place = {
      policy: this.#policy(),
      inside: this.#set !== undefined,
      cursor,
      mistake: (words) => messages.error(`${at} ${words}\n`),
      warning: (words) => messages.warning(`${this.#label}: ${cursor.line}: ${words}\n`),
      debug: (text) => messages.debug(text),
      asked: this.#asked,
      include: (path) => this.#include(path, at),
      taboo: (kind, value) => this.#taboo(kind, value),
    };
    const verdict = apply(place, word);
    this.#asked = place.asked;
    if (verdict !== 'go') this.#unsound();
    return verdict;
  }

  #include(path: string, at: string): Verdict {
    const { messages, out } = this.#reading;
    messages.debug(`including ${path}\n`);
    if (this.#reading.nesting >= MAX_NESTING) {
      messages.error(`${at} include nesting too deep\n`);
      this.#unsound();
      return 'go';
    }
    const { globals } = out;
    // In a paragraph the settings of the included file are the paragraph's own.
    if (this.#set !== undefined) out.globals = this.#set;
    this.#reading.nesting += 1;
    if (!readPath(this.#reading, path)) this.#unsound();
    this.#reading.nesting -= 1;
    if (this.#set !== undefined) {
      Object.assign(this.#set, out.globals);
      out.globals = globals;
    }
    return 'go';
  }

  #taboo(kind: 'tabooext' | 'taboopat', value: string): Verdict {
    const adds = value.startsWith('+');
    const given = value
      .slice(adds ? 1 : 0)
      .split(/[\s,]+/)
      .filter((part) => part !== '')
      .map((part) => (kind === 'tabooext' ? `*${part}` : part));
    this.#reading.taboo = adds ? [...this.#reading.taboo, ...given] : given;
    return 'go';
  }

  #names(pattern: string, cursor: Cursor): Verdict {
    const { out, messages } = this.#reading;
    const at = `${this.#label}:${cursor.line}`;
    const words = splitWords(pattern);
    if (words === undefined || words.length === 0) {
      messages.error(`${at} error parsing filename\n`);
      this.#drop();
      return 'stop';
    }
    const set: LogSet = { ...out.globals, pattern, files: [], from: { file: this.#label, line: cursor.line } };
    for (const word of words) this.#expandInto(set, word, at);
    out.sets.push(set);
    this.#set = set;
    return 'go';
  }

  #expandInto(set: LogSet, word: string, at: string): void {
    const { messages, seen, away } = this.#reading;
    const { paths: there, matched, trouble } = expand(word, false);
    const missing = away.filter((log) => !there.includes(log) && matchPath(word, log));
    const paths = missing.length === 0 ? there : [...(matched ? there : []), ...missing].sort(compareNames);
    if (trouble !== undefined) {
      messages.error(`error accessing ${trouble.folder}: ${trouble.failed.words}\n`);
    }
    for (const path of paths) {
      const other = seen.get(path);
      if (other === undefined) {
        seen.set(path, set);
        set.files.push(path);
      } else if (other.ignoreduplicates) {
        messages.debug(`${at} ignore duplicate log entry for ${path}\n`);
      } else {
        messages.error(`${at} duplicate log entry for ${path}\n`);
        this.#unsound();
        return;
      }
    }
  }

  #close(cursor: Cursor): Verdict {
    const set = this.#set;
    if (set !== undefined && !readyOlddir(set, `${this.#label}:${cursor.line}`, this.#reading)) {
      this.#unsound();
      return 'stop';
    }
    this.#set = undefined;
    this.#asked = false;
    return 'go';
  }
}
