/** The files of accounts and groups, parsed; shared by all sensors that go through the accounts of the host. */

import type { OddLine, ParsedConfig } from '#formats/config-lines.ts';
import { parseGroupLines, parseGshadowLines, parseSubidLines } from '#formats/group-lines.ts';
import { type PasswdLine, parsePasswdLines, parseShadowLines } from '#formats/passwd-lines.ts';
import type { Gap } from '#model/gap.ts';
import { type FileHost, type HostFile, readText } from './host-file.ts';

export const PASSWD = '/etc/passwd';
export const SHADOW = '/etc/shadow';
export const GROUP = '/etc/group';
export const GSHADOW = '/etc/gshadow';
export const SUBUID = '/etc/subuid';
export const SUBGID = '/etc/subgid';

export const readPasswd = (host: FileHost) => readText(host, PASSWD, parsePasswdLines);
export const readShadow = (host: FileHost) => readText(host, SHADOW, parseShadowLines);
export const readGroup = (host: FileHost) => readText(host, GROUP, parseGroupLines);
export const readGshadow = (host: FileHost) => readText(host, GSHADOW, parseGshadowLines);
export const readSubids = (host: FileHost, path: typeof SUBUID | typeof SUBGID) =>
  readText(host, path, parseSubidLines);

/** A list that is not there at all says nothing of those in it: its rows stay as they were until it is back. */
export function missingGap({ state, path }: HostFile<unknown>): readonly Gap[] {
  return state === 'missing' ? [{ what: path, why: 'it is not there' }] : [];
}

/** Rows of a file that is read in this way; none when it is missing or cannot be read. */
export function rowsOf<R>(file: HostFile<ParsedConfig<R>>): readonly R[] {
  return file.state === 'read' ? file.value.rows : [];
}

/** An account with its home as the system finds it: the first line of a name. At most `MAX_ACCOUNTS`. */
export const MAX_ACCOUNTS = 5000;

/** Accounts by the first line of each name, as getpwnam(3) answers; NIS lines left out. */
export function accountsOf(host: FileHost): readonly PasswdLine[] {
  const accounts = new Map<string, PasswdLine>();
  for (const row of rowsOf(readPasswd(host))) {
    if (accounts.size >= MAX_ACCOUNTS) break;
    if (!row.nis && !accounts.has(row.name)) accounts.set(row.name, row);
  }
  return [...accounts.values()];
}

/** Odd lines of one file. `secret`: the text of its lines must not be shown. */
export interface OddFile {
  readonly path: string;
  readonly odd: readonly OddLine[];
  readonly secret: boolean;
}

/** Odd lines of a file as read; none when it could not be. */
export function oddOf(path: string, file: HostFile<ParsedConfig<unknown>>, secret = false): OddFile {
  return { path, odd: file.state === 'read' ? file.value.odd : [], secret };
}

/** Odd lines of all files of accounts and groups. */
export function oddAccountLines(host: FileHost): readonly OddFile[] {
  return [
    oddOf(PASSWD, readPasswd(host), true),
    oddOf(SHADOW, readShadow(host), true),
    oddOf(GROUP, readGroup(host), true),
    oddOf(GSHADOW, readGshadow(host), true),
    oddOf(SUBUID, readSubids(host, SUBUID)),
    oddOf(SUBGID, readSubids(host, SUBGID)),
  ];
}
