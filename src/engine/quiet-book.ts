/** Acceptances and mutes in force: data with scope, reason, author and end, never edits of rules. */

import { type Finding, type Quieting, whyAlone } from '#model/finding.ts';
import type { Host } from '#model/host.ts';
import type { QuietMatch, StoredQuiet } from '#model/store.ts';
import { compareIdentity } from './file-identity.ts';
import type { Turn } from './turn.ts';

/** What becomes of a finding that is quieted. */
export interface Quieted {
  readonly state: 'accepted' | 'muted';
  readonly quieted: Quieting;
  /** Id of what quiets it. */
  readonly quiet: string;
}

/** Everything that quiets, by id. */
export class QuietBook {
  readonly #host: Pick<Host, 'files' | 'packages'>;
  readonly #quiets = new Map<string, StoredQuiet>();
  readonly #hit = new Set<string>();

  constructor(host: Pick<Host, 'files' | 'packages'>, quiets: readonly StoredQuiet[]) {
    this.#host = host;
    for (const quiet of quiets) if (quiet.endedMs === 0) this.#quiets.set(quiet.id, quiet);
  }

  all(): readonly StoredQuiet[] {
    return [...this.#quiets.values()];
  }

  get(id: string): StoredQuiet | undefined {
    return this.#quiets.get(id);
  }

  add(quiet: StoredQuiet, turn: Turn): void {
    this.#quiets.set(quiet.id, quiet);
    turn.write({ kind: 'quiet', quiet });
  }

  end(id: string, turn: Turn): StoredQuiet | undefined {
    const quiet = this.#quiets.get(id);
    if (quiet === undefined) return undefined;
    this.#quiets.delete(id);
    this.#hit.delete(id);
    const ended = { ...quiet, endedMs: turn.nowMs };
    turn.write({ kind: 'quiet', quiet: ended });
    return ended;
  }

  /** Whether something in force covers this finding; a program that was exchanged ends its acceptance here. */
  match(finding: Finding, turn: Turn): Quieted | undefined {
    for (const quiet of this.#quiets.values()) {
      if (!covers(quiet, finding)) continue;
      if (this.#isOver(quiet, turn)) continue;
      this.#quiets.set(quiet.id, { ...(this.#quiets.get(quiet.id) ?? quiet), hits: quiet.hits + 1 });
      this.#hit.add(quiet.id);
      return quietingOf(quiet);
    }
    return undefined;
  }

  /** Ends what is over by the clock or by an exchanged program, and writes the hits; returns what ended. */
  sweep(turn: Turn): readonly StoredQuiet[] {
    const before = this.all();
    const ended = before.filter((quiet) => this.#isOver(quiet, turn));
    for (const id of this.#hit) {
      const quiet = this.#quiets.get(id);
      if (quiet !== undefined) turn.write({ kind: 'quiet', quiet });
    }
    this.#hit.clear();
    return ended;
  }

  #isOver(quiet: StoredQuiet, turn: Turn): boolean {
    if (quiet.untilMs !== 0 && quiet.untilMs <= turn.nowMs) return this.end(quiet.id, turn) !== undefined;
    if (quiet.file === undefined) return false;
    const found = compareIdentity(quiet.file, this.#host);
    if (found.is === 'changed') return this.end(quiet.id, turn) !== undefined;
    if (found.is === 'upgraded') this.add({ ...quiet, file: found.now }, turn);
    return false;
  }
}

/** Whether an acceptance or mute covers a finding by scope; its file is looked at elsewhere. */
export function covers(quiet: StoredQuiet, finding: Finding): boolean {
  if (quiet.scope === 'exact') return quiet.rule === finding.rule && quiet.subject === finding.subject;
  // A wide acceptance was given for the ordinary: it must never swallow what is grave in itself.
  if (whyAlone(finding) !== undefined) return false;
  const who = whoMatch(finding);
  const { match } = quiet;
  if (quiet.scope === 'package') return match.package !== '' && who.package === match.package;
  return (
    quiet.rule === finding.rule &&
    match.exe !== '' &&
    who.exe === match.exe &&
    who.unit === match.unit &&
    who.user === match.user
  );
}

/** What an acceptance would compare of this finding. */
export function whoMatch(finding: Finding): QuietMatch {
  const { who } = finding;
  return { exe: who?.exe ?? '', package: who?.package ?? '', unit: who?.unit ?? '', user: who?.user ?? '' };
}

/** How an alert carries what quieted it. */
export function quietingOf(quiet: StoredQuiet): Quieted {
  const { verb, by, madeMs: atMs, reason, untilMs } = quiet;
  return {
    state: verb === 'accept' ? 'accepted' : 'muted',
    quieted: { verb, by, atMs, reason, untilMs },
    quiet: quiet.id,
  };
}
