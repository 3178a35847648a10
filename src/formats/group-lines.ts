/** /etc/group, /etc/gshadow, /etc/subuid and /etc/subgid as the system reads them: group(5), gshadow(5), subuid(5). */

import { cUint32 } from './c-number.ts';
import { boundedWord, colonFields, isNisName, LEADING_BLANKS, wrongCount } from './colon-line.ts';
import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';

/** One group line; `nis` lines are read by nss_compat only. `gid` is -1 where a NIS line leaves it open. */
export interface GroupLine {
  readonly line: number;
  readonly name: string;
  readonly nis: boolean;
  readonly password: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** One line of gshadow: `admins` may change the members without being root. */
export interface GshadowLine {
  readonly line: number;
  readonly name: string;
  readonly password: string;
  readonly admins: readonly string[];
}

/** A range of ids that a user may take in a user namespace. `owner`: name or number. */
export interface SubidLine {
  readonly line: number;
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

const FIELDS = 4;
const NIS_PROBLEM = 'is a line for NIS: whoever answers for the NIS domain decides who is a member';

/** Reads all lines; what glibc would not take is in `odd` with `ignored`. */
export function parseGroupLines(text: string): ParsedConfig<GroupLine> {
  return parseConfig(text, groupLine);
}

function groupLine(raw: string, line: number): LineResult<GroupLine> {
  const fields = colonFields(raw);
  if (fields === undefined) return {};
  const field = (index: number): string => fields[index] ?? '';
  const name = boundedWord(field(0));
  const nis = isNisName(name);
  const gid = nis && field(2) === '' ? -1 : cUint32(field(2));
  if (gid === undefined)
    return { problem: fields.length < 3 ? wrongCount(fields, FIELDS) : 'has a group number that is none' };
  const row = { line, name, nis, password: field(1), gid, members: namesOf(fields.slice(3).join(':')) };
  const problem = nis ? NIS_PROBLEM : oddity(raw, fields);
  return problem === undefined ? { row } : { row, problem };
}

function oddity(raw: string, fields: readonly string[]): string | undefined {
  if (fields[0] === '') return 'has no name';
  if (fields.length !== FIELDS) return wrongCount(fields, FIELDS);
  return LEADING_BLANKS.test(raw) ? 'begins with a blank' : undefined;
}

/** Reads all lines of gshadow. */
export function parseGshadowLines(text: string): ParsedConfig<GshadowLine> {
  return parseConfig(text, (raw, line) => {
    const fields = colonFields(raw);
    if (fields === undefined) return {};
    const [name = '', password, admins = ''] = fields;
    if (name === '' || password === undefined) return { problem: wrongCount(fields, FIELDS) };
    const row = { line, name, password, admins: namesOf(admins) };
    return fields.length === FIELDS ? { row } : { row, problem: wrongCount(fields, FIELDS) };
  });
}

/** Reads /etc/subuid or /etc/subgid: "name or number : first : count". */
export function parseSubidLines(text: string): ParsedConfig<SubidLine> {
  return parseConfig(text, (raw, line) => {
    if (raw.trim() === '' || raw.startsWith('#')) return {};
    const [owner = '', firstText = '', countText = '', ...more] = raw.split(':');
    const first = cUint32(firstText);
    const count = cUint32(countText);
    if (owner === '' || first === undefined || count === undefined || more.length > 0)
      return { problem: 'is not "name:first:count"' };
    return { row: { line, owner, first, count } };
  });
}

function namesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => boundedWord(name.replace(LEADING_BLANKS, '')))
    .filter((name) => name !== '');
}
