/** Values for completion from the daemon, and from what the program knows of itself. Without a daemon there are few. */

import { shortId } from '#lib/short-id.ts';
import type { Verbs } from '#model/verbs.ts';
import type { Call } from './command.ts';
import type { Candidate, Live } from './complete.ts';
import { type OpenDesk, openDesk } from './open-desk.ts';

/** Who presses TAB does not wait longer. */
const PATIENCE_MS = 2000;
const MOST = 200;

type Ask = OpenDesk['desk']['ask'];

const ASKED = {
  alerts: async (ask: Ask) =>
    (await ask('changes', {})).changes.flatMap(({ alerts }) =>
      alerts.map(({ id, finding }): Candidate => [shortId(id), finding.title]),
    ),
  quiets: async (ask: Ask) =>
    (await ask('quiets', {})).quiets.map(({ id, verb, words }): Candidate => [shortId(id), `${verb}: ${words}`]),
  tables: async (ask: Ask) => (await ask('tables', {})).tables.map(({ name, doc }): Candidate => [name, doc]),
  blocks: async (ask: Ask) => (await ask('blocks', {})).blocks.map(({ target, reason }): Candidate => [target, reason]),
  sources: async (ask: Ask) =>
    (await ask('scans', { all: true })).scans.flatMap(({ alert: { finding } }): Candidate[] =>
      finding.source === undefined ? [] : [[finding.source.ip, finding.title]],
    ),
  versions: async (ask: Ask) =>
    (await ask('baseline.diff', await newest(ask))).versions.map(
      ({ version, reason }): Candidate => [String(version), reason],
    ),
};

async function newest(ask: Ask): Promise<Verbs['baseline.diff']['args']> {
  const { version } = await ask('baseline.show', {});
  return { from: version, to: version };
}

/** Asks as `call` says; each answer is bounded in time and number, and trouble is no answer. */
export function liveFor(call: Pick<Call, 'where' | 'terminal'>): Live {
  const asked = async (question: (ask: Ask) => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> => {
    await using opened = await openDesk(call, 'daemon');
    const { desk } = opened;
    return await question((verb, args) => desk.ask(verb, args));
  };
  return {
    async values(kind) {
      if (kind === 'rules') return (await import('#rules/index.ts')).rules.map(({ id, doc }) => [id, doc]);
      if (kind === 'drills') return (await import('#drills/index.ts')).drills.map(({ name, doc }) => [name, doc]);
      if (kind === 'channels') return await channels(call);
      if (kind === 'socket filters' || kind === 'process filters') return [];
      return await inTime(asked(ASKED[kind]));
    },
    column: async (table, column) =>
      await inTime(
        asked(async (ask) => {
          const { rows } = await ask('rows', { table });
          const texts = rows.map(({ row }) => String(row[column] ?? '')).filter((text) => text !== '' && text !== '0');
          return [...new Set(texts)].map((text): Candidate => [text, '']);
        }),
      ),
  };
}

async function channels(call: Pick<Call, 'where' | 'terminal'>): Promise<readonly Candidate[]> {
  const { settingsFor } = await import('./settings.ts');
  const { notifiers } = await settingsFor(call.where, call.terminal);
  return notifiers.map(({ name, type }) => [name, type]);
}

async function inTime(answer: Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly Candidate[]>();
  const timer = setTimeout(() => resolve([]), PATIENCE_MS);
  try {
    return (await Promise.race([answer, late])).slice(0, MOST);
  } finally {
    clearTimeout(timer);
  }
}
