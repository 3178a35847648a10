/** Which programs the settings name: the daemon runs them itself, as channel, check or responder. */

import type { Settings } from '#model/settings.ts';

/** Absolute paths, each once; also of programs that are run only when something is told or answered. */
export function namedPrograms({ notifiers, checks, answers }: Settings): readonly string[] {
  const owns = [...notifiers.map(({ own }) => own), ...answers.responders.map(({ own }) => own), ...checks];
  return [...new Set(owns.flatMap(pathsOf))];
}

/** Files that alerts are appended to, each once. */
export function alertFiles({ notifiers }: Pick<Settings, 'notifiers'>): readonly string[] {
  const paths = notifiers.map(({ type, own }) =>
    type === 'file' && typeof own === 'object' && own !== null && 'path' in own ? own.path : undefined,
  );
  return [...new Set(paths.filter((path) => typeof path === 'string'))];
}

/** By the names that settings of all kinds have for a program; "run" of a check is a list, the program first. */
function pathsOf(own: unknown): readonly string[] {
  if (typeof own !== 'object' || own === null) return [];
  const given = Object.entries(own).filter(([key]) => NAMES.has(key));
  const firsts = given.map(([, value]: [string, unknown]) => (Array.isArray(value) ? (value[0] as unknown) : value));
  return firsts.filter((path): path is string => typeof path === 'string' && path.startsWith('/'));
}

const NAMES = new Set(['program', 'sendmail', 'run', 'undo']);
