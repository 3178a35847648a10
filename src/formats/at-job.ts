/** A job file of at(1): its name tells queue, number and time, its head the user; see atd(8) and at's at.c. */

import { parseUint } from '#lib/parse-uint.ts';

export interface AtJob {
  readonly queue: string;
  readonly number: number;
  /** When it will run; epoch milliseconds. */
  readonly timeMs: number;
}

/** "a00001018a3b2c": queue, five hexadecimal digits of the number, eight of the minutes since 1970; undefined for other names. */
export function parseAtName(name: string): AtJob | undefined {
  const [, queue, number, minutes] = /^([A-Za-z=])([0-9a-f]{5})([0-9a-f]{8})$/.exec(name) ?? [];
  if (queue === undefined || number === undefined || minutes === undefined) return undefined;
  return { queue, number: Number.parseInt(number, 16), timeMs: Number.parseInt(minutes, 16) * 60_000 };
}

export interface AtScript {
  /** -1 where the head does not say. */
  readonly uid: number;
  /** Variables that it sets, as NAME=value. */
  readonly environment: readonly string[];
  /** What the user typed. */
  readonly commands: string;
}

/** at writes "# atrun uid=N gid=N", the environment, a cd with its error message, then what was typed. Total. */
export function parseAtScript(text: string): AtScript {
  const lines = text.split('\n');
  const uid = parseUint(/^# atrun uid=(\d+)/m.exec(text)?.[1] ?? '');
  const cd = lines.findIndex((line) => /^cd .* \|\| \{$/.test(line));
  const end = cd < 0 ? -1 : lines.findIndex((line, at) => at > cd && line === '}');
  const head = end < 0 ? [] : lines.slice(0, end);
  const body = end < 0 ? lines.filter((line) => !line.startsWith('#')) : lines.slice(end + 1);
  const environment = head.flatMap((line) => /^([A-Za-z_]\w*=.*?)(?:; export \w+)?$/.exec(line)?.[1] ?? []);
  return { uid: uid ?? -1, environment, commands: withoutHereDocument(body).join('\n').trim() };
}

/** Newer ones wrap the commands: ${SHELL:-/bin/sh} << 'marcinDELIMITER…' … marcinDELIMITER…. */
function withoutHereDocument(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((line) => /<<\s*'(marcinDELIMITER\w+)'/.test(line));
  if (start < 0) return lines;
  const mark = /<<\s*'(\w+)'/.exec(lines[start] ?? '')?.[1] ?? '';
  const end = lines.indexOf(mark, start);
  return lines.slice(start + 1, end < 0 ? undefined : end);
}
