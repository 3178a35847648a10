/**
 * /etc/passwd and /etc/shadow as glibc reads them (nss/nss_files/files-parse.c, pwd/fgetpwent_r.c, shadow/sgetspent_r.c):
 * a line without home and shell counts, so does a uid of "+0", and leading blanks are no hiding place.
 */

import { cUint32 } from './c-number.ts';
import { boundedWord, colonFields, isNisName, LEADING_BLANKS, wrongCount } from './colon-line.ts';
import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';

/** One account line. `nis` lines ("+", "-name", "+@group") are read by nss_compat only. */
export interface PasswdLine {
  readonly line: number;
  readonly name: string;
  readonly nis: boolean;
  readonly password: string;
  /** -1 where a NIS line leaves it open. */
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** One line of shadow(5). Days since 1970-01-01; -1 where the field is empty. */
export interface ShadowLine {
  readonly line: number;
  readonly name: string;
  readonly password: string;
  readonly changedDay: number;
  readonly maxDays: number;
  readonly inactiveDays: number;
  readonly expireDay: number;
}

/** Names that useradd would make; others work as well, and are odd. */
const USUAL_NAME = /^[a-z_][a-z0-9_.-]*\$?$/i;
const FIELDS = 7;
const SHADOW_FIELDS = 9;
const BAD = -2;
const PLAIN_NUMBER = /^\d+$/;

/** Reads all lines; what glibc would not take is in `odd` with `ignored`. */
export function parsePasswdLines(text: string): ParsedConfig<PasswdLine> {
  return parseConfig(text, passwdLine);
}

function passwdLine(raw: string, line: number): LineResult<PasswdLine> {
  const fields = colonFields(raw);
  if (fields === undefined) return {};
  const field = (index: number): string => boundedWord(fields[index] ?? '');
  const name = field(0);
  const nis = isNisName(name);
  const uid = idOf(field(2), nis);
  const gid = idOf(field(3), nis);
  if (uid === undefined || gid === undefined) return { problem: numberProblem(fields, uid === undefined) };
  // The last field is the rest of the line, colons included.
  const shell = boundedWord(fields.slice(6).join(':'));
  const row = { line, name, nis, password: field(1), uid, gid, gecos: field(4), home: field(5), shell };
  if (nis) return { row, problem: 'is a line for NIS: whoever answers for the NIS domain decides who may log in' };
  const problem = oddity(raw, fields, name);
  return problem === undefined ? { row } : { row, problem };
}

function idOf(text: string, nis: boolean): number | undefined {
  if (nis && text === '') return -1;
  return cUint32(text);
}

function numberProblem(fields: readonly string[], uid: boolean): string {
  if (fields.length < 4) return wrongCount(fields, FIELDS);
  return `has ${uid ? 'a user' : 'a group'} number that is none`;
}

function oddity(raw: string, fields: readonly string[], name: string): string | undefined {
  if (name === '') return 'has no name';
  if (fields.length !== FIELDS) return wrongCount(fields, FIELDS);
  if (LEADING_BLANKS.test(raw)) return 'begins with a blank';
  if (!PLAIN_NUMBER.test(fields[2] ?? '') || !PLAIN_NUMBER.test(fields[3] ?? ''))
    return 'has a number that is not written as one';
  return USUAL_NAME.test(name) ? undefined : 'has a name that no tool would give';
}

/** Reads all lines of shadow; a line that glibc refuses leaves the account without a password line. */
export function parseShadowLines(text: string): ParsedConfig<ShadowLine> {
  return parseConfig(text, shadowLine);
}

function shadowLine(raw: string, line: number): LineResult<ShadowLine> {
  const fields = colonFields(raw);
  if (fields === undefined) return {};
  const name = boundedWord(fields[0] ?? '');
  if (name === '') return { problem: 'has no name' };
  if (isNisName(name) && fields.length === 1) return { problem: 'is a line for NIS' };
  // glibc wants at least the field of the longest age: what is shorter is no line of shadow.
  if (fields.length < 5) return { problem: wrongCount(fields, SHADOW_FIELDS) };
  const day = (index: number): number => dayOf(fields[index] ?? '') ?? BAD;
  const days = { changedDay: day(2), maxDays: day(4), inactiveDays: day(6), expireDay: day(7) };
  if (Object.values(days).includes(BAD) || day(3) === BAD) return { problem: 'has a number that is none' };
  const row = { line, name, password: fields[1] ?? '', ...days };
  return fields.length === SHADOW_FIELDS ? { row } : { row, problem: wrongCount(fields, SHADOW_FIELDS) };
}

function dayOf(text: string): number | undefined {
  // "-1" means the same as an empty field.
  return text === '' || text === '-1' ? -1 : cUint32(text);
}

/** What a password field lets in: see crypt(5) and shadow(5). */
export type PasswordState = 'set' | 'locked' | 'empty' | 'none';

/** `locked`: a hash behind "!", as by passwd -l; `none`: no password can match ("*", "!", rubbish). */
export function passwordState(field: string): PasswordState {
  if (field === '') return 'empty';
  if (field.startsWith('!')) return isHash(field.replace(/^!+/, '')) ? 'locked' : 'none';
  return isHash(field) ? 'set' : 'none';
}

/** Looks like crypt(5): "$id$salt$hash", or the thirteen letters of DES. */
function isHash(field: string): boolean {
  return /^\$[a-z0-9][^:]*\$[^:]+/i.test(field) || /^(?:[A-Za-z0-9./]{13}|_[A-Za-z0-9./]{19})$/.test(field);
}
