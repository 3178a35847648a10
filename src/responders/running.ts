/** Runs one of the administrator's network programs for a responder, and says in one line what went wrong. */

import type { Exec } from '#model/exec.ts';
import type { Action, Applied } from '#model/responder.ts';

/** A program that is looked for once a run, because it may be installed later. */
export interface Tool {
  readonly exec: Exec;
  readonly paths: readonly string[];
  readonly package: string;
  readonly signal: AbortSignal;
}

/** Undefined when it went well, else its first words. */
export async function runTool(tool: Tool, args: readonly string[], stdin = ''): Promise<string | undefined> {
  const program = tool.exec.find(tool.paths);
  const [path = ''] = tool.paths;
  const name = path.replace(/^.*\//, '');
  if (program === undefined) return `there is no ${name} here; install the package ${tool.package}`;
  const { code, stderr, why } = await tool.exec.run({ program, args, stdin }, tool.signal);
  if (code === 0) return undefined;
  const [first = ''] = stderr.trim().split('\n');
  return `${name}: ${why === '' ? first.slice(0, 300) || `exit code ${code}` : why}`;
}

/** What it prints; undefined when it failed. */
export async function readTool(tool: Tool, args: readonly string[]): Promise<string | undefined> {
  const program = tool.exec.find(tool.paths);
  if (program === undefined) return undefined;
  const ran = await tool.exec.run({ program, args, maxBytes: 16 << 20 }, tool.signal);
  return ran.code === 0 ? ran.stdout : undefined;
}

/** One after the other; `act` gives words when it failed. */
export async function oneByOne(
  actions: readonly Action[],
  act: (action: Action) => Promise<string | undefined>,
  undo: Readonly<Record<string, string>> = {},
): Promise<readonly Applied[]> {
  const applied: Applied[] = [];
  for (const action of actions) {
    const failure = await act(action);
    applied.push(failure === undefined ? { id: action.id, undo } : { id: action.id, failure });
  }
  return applied;
}
