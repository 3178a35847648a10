/** Loads the settings: the file, checked whole, over the defaults. */

import { resolve } from 'node:path';
import * as v from 'valibot';
import { errnoWords } from '#lib/errno-words.ts';
import { distrustFolders, isForeign } from '#lib/trusted-folders.ts';
import type { Notifier } from '#model/notifier.ts';
import type { AnswerSettings, Responder } from '#model/responder.ts';
import type { ChannelSettings, Settings } from '#model/settings.ts';
import { answersOf, loadResponders } from './answers.ts';
import { loadChannels } from './channels.ts';
import { checksOf } from './checks.ts';
import { defaultConfigFile, defaultStateDir } from './default-paths.ts';
import { isRecord, unknownKeys } from './entries.ts';
import type { Problem } from './problem.ts';
import { parseYaml, type ReadFile, readBytes } from './read.ts';
import { scansOf } from './scans.ts';
import { settingsSchema } from './schema.ts';
import { trapsOf } from './traps.ts';

/** What the settings depend on beside the file. */
export interface Where {
  /** File named by --config; undefined: the default one, which may be missing. */
  readonly config: string | undefined;
  /** Folder named by --state-dir. */
  readonly stateDir: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
  readonly notifiers: readonly Notifier[];
  /** Ways to answer that there are; without them the settings may name none. */
  readonly responders?: readonly Responder[];
}

/** Settings, or all problems at once (then `settings` is undefined). `warnings` do not stop a start. */
export interface Loaded {
  /** The file that was read; "" when there was none at the default place. */
  readonly file: string;
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads and checks the settings; never throws for what a file holds. */
export function loadSettings(where: Where): Loaded {
  const file = where.config ?? defaultConfigFile(where);
  const bytes = readBytes(file);
  if ('error' in bytes) {
    if (bytes.error === 'ENOENT' && where.config === undefined) return check({ ...emptyFile, file: '' }, where);
    const next = bytes.error === 'ENOENT' ? '; write one with "telltale config show --example"' : '';
    return failed(file, [{ file, line: 0, column: 0, message: `cannot be read: ${errnoWords(bytes.error)}${next}` }]);
  }
  const distrust = distrustOf(resolve(file), bytes);
  if (distrust !== undefined) return failed(file, [{ file, line: 0, column: 0, message: distrust }]);
  return check({ ...parseYaml(file, bytes.bytes, bytes.mode), file }, where);
}

/** Whoever writes the settings says what runs as us: why somebody else could, in words that end a sentence. */
function distrustOf(path: string, { mode, uid }: { readonly mode: number; readonly uid: number }): string | undefined {
  const ours = process.geteuid?.() ?? 0;
  if ((mode & 0o002) !== 0) return `is not used: everybody may write it; run "chmod o-w ${path}"`;
  if (isForeign({ uid }, ours)) return `is not used: it belongs to uid ${uid}; run "chown ${ours} ${path}"`;
  const folders = distrustFolders(path, ours);
  return folders === undefined ? undefined : `is not used: ${folders}`;
}

type FileRead = ReadFile & { readonly file: string };

const emptyFile: ReadFile = { data: {}, mode: 0, problems: [], place: () => ({ line: 0, column: 0 }) };

function check(read: FileRead, where: Where): Loaded {
  const { file } = read;
  if (read.problems.length > 0) return failed(file, read.problems);
  const result = v.safeParse(settingsSchema, read.data ?? {});
  const problems = (result.issues ?? [])
    .filter((issue) => issue.expected !== 'never')
    .map((issue) => problemOf(read, issue));
  for (const unknown of unknownKeys(settingsSchema, read.data)) {
    problems.push({ file, ...read.place(unknown.path, true), message: unknown.message });
  }
  const lists = loadLists(read, where);
  problems.push(...lists.problems);
  if (!result.success || problems.length > 0)
    return failed(
      file,
      problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    );
  return {
    file,
    settings: combine(result.output, lists, where),
    problems: [],
    warnings: warningsOf(read, lists.secret),
  };
}

/** The lists whose items have schemas of their own. */
interface Lists {
  readonly notifiers: readonly ChannelSettings[];
  readonly responders: AnswerSettings['responders'];
  readonly problems: readonly Problem[];
  /** See `LoadedChannels`. */
  readonly secret: string;
}

function loadLists(read: FileRead, where: Where): Lists {
  const { data, file } = read;
  const channels = loadChannels(listIn(data, 'notifiers'), where.notifiers);
  const answers = isRecord(data) ? data['answers'] : undefined;
  const responders = loadResponders(listIn(answers, 'responders'), where.responders ?? []);
  const problemsBelow = (
    path: readonly string[],
    issues: readonly { path: readonly (string | number)[]; atKey: boolean; message: string }[],
  ): Problem[] =>
    issues.map((issue) => ({ file, ...read.place([...path, ...issue.path], issue.atKey), message: issue.message }));
  return {
    notifiers: channels.channels,
    responders: responders.loaded,
    problems: [
      ...problemsBelow(['notifiers'], channels.issues),
      ...problemsBelow(['answers', 'responders'], responders.issues),
    ],
    secret: channels.secret,
  };
}

function listIn(data: unknown, key: string): readonly unknown[] {
  const list = isRecord(data) ? data[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function combine(checked: v.InferOutput<typeof settingsSchema>, lists: Lists, where: Where): Settings {
  const stateDir = where.stateDir ?? stateDirIn(where.env) ?? checked.stateDir ?? defaultStateDir(where);
  return {
    stateDir,
    web: checked.web,
    notifiers: lists.notifiers,
    watch: checked.watch,
    keepMs: checked.keep,
    compare: checked.compare,
    rotate: { configs: checked.rotate.configs, state: checked.rotate.state, fullInMs: checked.rotate.fullIn },
    answers: answersOf(checked.answers, lists.responders),
    files: { watch: checked.files.watch, ignore: checked.files.ignore, walkAfterMs: checked.files.walkAfter },
    scans: scansOf(checked.scans),
    traps: trapsOf(checked.traps),
    checks: checksOf(checked.checks, where.uid),
  };
}

/** As with the flag, a relative path is one of the folder that the command was typed in. */
function stateDirIn(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['TELLTALE_STATE_DIR'];
  return given === undefined || given === '' ? undefined : resolve(given);
}

function failed(file: string, problems: readonly Problem[]): Loaded {
  return { file, settings: undefined, problems, warnings: [] };
}

/** A valibot issue as a problem with its place in the file. */
function problemOf(read: FileRead, issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  const name = path.length === 0 ? '' : `${path.join('.')}: `;
  return { file: read.file, ...read.place(path, false), message: name + issue.message };
}

// Readers of a file with a password in it could use it; readers of one without only learn what is watched.
function warningsOf(read: FileRead, secret: string): readonly Problem[] {
  if (read.file === '' || (read.mode & 0o004) === 0 || secret === '') return [];
  const message = `everybody on this host can read it, and it holds ${secret}; run "chmod 0640 ${read.file}"`;
  return [{ file: read.file, line: 0, column: 0, message }];
}
