/** Rehearsals in the daemon: an act of our own hand, and the time until it was told. */

import type { Drill } from '#drills/drill.ts';
import { drills } from '#drills/index.ts';
import { didYouMean } from '#lib/closest.ts';
import { formatDuration } from '#lib/duration.ts';
import type { Host } from '#model/host.ts';
import { type Pushed, VerbError } from '#model/verbs.ts';

/** What became of one drill. `tookMs` is from the act to the alert; 0 when nothing was told. */
export interface Rehearsed {
  readonly name: string;
  readonly did: string;
  readonly told: boolean;
  readonly tookMs: number;
  readonly id: string;
  readonly title: string;
  readonly explainedBy: string;
  /** Why it proves nothing: it does not apply to this host, or was told a moment ago and not again. "" when it does. */
  readonly skipped: string;
}

interface Stage {
  readonly host: Pick<Host, 'own' | 'clock' | 'files' | 'packets'>;
  follow(onPushed: (pushed: Pushed) => void): () => void;
}

const PATIENCE_MS = 10_000;
/** What comes again so soon may be the row that is there already: it is counted or left as it is, not told anew. */
const AGAIN_MS = 5 * 60_000;

/** When each drill was told last, by its name (monotonic). */
const toldMs = new Map<string, number>();

/** Played when none is named: it touches no file. */
const USUAL = 'listener';

/** Plays the named drills (the listener when none is named), one after another. Throws VerbError "USAGE" for an unknown name. */
export async function rehearse(names: readonly string[], stage: Stage): Promise<readonly Rehearsed[]> {
  const chosen = (names.length === 0 ? [USUAL] : names).map(drillCalled);
  const results: Rehearsed[] = [];
  for (const drill of chosen) results.push(await playIfItApplies(drill, stage));
  return results;
}

function drillCalled(name: string): Drill {
  const drill = drills.find((candidate) => candidate.name === name);
  if (drill !== undefined) return drill;
  const names = drills.map((candidate) => candidate.name);
  throw new VerbError(
    'USAGE',
    `Unknown drill "${name.slice(0, 40)}"${didYouMean(name, names)}. What each does: telltale rehearse --list`,
  );
}

async function playIfItApplies(drill: Drill, stage: Stage): Promise<Rehearsed> {
  const applies = drill.applies?.(stage.host) ?? true;
  if (applies === true) return await play(drill, stage);
  return { name: drill.name, did: '', told: false, tookMs: 0, id: '', title: '', explainedBy: '', skipped: applies };
}

async function play(drill: Drill, stage: Stage): Promise<Rehearsed> {
  const heard: Heard[] = [];
  const waiting = Promise.withResolvers<void>();
  let isToldBy: ((pushed: Extract<Pushed, { type: 'alert' }>) => boolean) | undefined;
  const unfollow = stage.follow((pushed) => {
    if (pushed.type !== 'alert') return;
    // The alert may come before the child has said which port it got.
    heard.push({ pushed, atMs: stage.host.clock.nowMs() });
    if (heard.length > 1000) heard.shift();
    if (isToldBy?.(pushed) === true) waiting.resolve();
  });
  const timer = setTimeout(() => waiting.resolve(), PATIENCE_MS);
  try {
    await using act = await drill.act(stage.host, AbortSignal.timeout(PATIENCE_MS));
    isToldBy = ({ alert }) => act.isToldBy(alert);
    if (!heard.some(({ pushed }) => isToldBy?.(pushed))) await waiting.promise;
    const told = heard.find(({ pushed }) => isToldBy?.(pushed));
    return { ...resultOf(drill, stage, told), did: act.words, tookMs: told ? Math.max(0, told.atMs - act.atMs) : 0 };
  } finally {
    clearTimeout(timer);
    unfollow();
  }
}

interface Heard {
  readonly pushed: Extract<Pushed, { type: 'alert' }>;
  readonly atMs: number;
}

function resultOf({ name }: Drill, { host }: Stage, told: Heard | undefined): Omit<Rehearsed, 'did' | 'tookMs'> {
  const nowMs = host.clock.monotonicMs();
  const agoMs = nowMs - (toldMs.get(name) ?? -Infinity);
  if (told === undefined)
    return {
      name,
      told: false,
      id: '',
      title: '',
      explainedBy: '',
      skipped: agoMs < AGAIN_MS ? againWords(agoMs) : '',
    };
  toldMs.set(name, nowMs);
  const { id, finding, explainedBy = '' } = told.pushed.alert;
  return { name, told: true, id, title: finding.title, explainedBy, skipped: '' };
}

function againWords(agoMs: number): string {
  return `it was told ${formatDuration(Math.round(agoMs / 1000) * 1000)} ago, and what comes again so soon is not told anew; try it again in five minutes`;
}
