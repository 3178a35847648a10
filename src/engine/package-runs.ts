/** What a package run explains is told in one line when the run is over, however many thousand things it changed. */

import { plural } from '#lib/plural.ts';
import { type Finding, gravity } from '#model/finding.ts';
import type { PackageRun } from '#model/host.ts';
import type { AlertBook } from './alert-book.ts';
import type { Turn } from './turn.ts';
import type { WatchParts } from './watch-parts.ts';

/** A run is over when dpkg holds no lock and nothing more came of it for this long. */
const quietMs = 3_000;
/** Titles kept as examples, the gravest first, and files checked against the packages' checksums at the end. */
const examples = 20;
const checkedFiles = 2_000;
/** Files checked before others get their turn. */
const slice = 50;

interface Noted {
  run: PackageRun;
  readonly tables: Map<string, number>;
  readonly examples: Finding[];
  lastMs: number;
  count: number;
}

/** The change explained, as far as it is told. */
export interface Explained {
  readonly table: string;
  readonly finding: Finding;
  readonly run: PackageRun;
}

/** What it needs of the ledger. */
interface Books {
  readonly parts: Pick<WatchParts, 'host'>;
  readonly alerts: AlertBook;
  turn(): Turn;
  commit(turn: Turn): Promise<void>;
}

export class PackageRuns {
  readonly #ledger: Books;
  #noted: Noted | undefined;
  /** Those that were over before they were told: the next one had begun. */
  #over: Noted[] = [];
  /** What was told last: a run that goes on after a pause, or whose last changes came late, is told as a whole again. */
  #told: Noted | undefined;
  #closing: Promise<void> | undefined;

  constructor(ledger: Books) {
    this.#ledger = ledger;
  }

  /** Takes a change that a run explains; it is told with the run, not by itself. */
  note({ table, finding, run }: Explained): void {
    const nowMs = this.#ledger.parts.host.clock.monotonicMs();
    this.#follow(run);
    const same = this.#told?.run.startedMs === run.startedMs ? this.#told : undefined;
    const fresh = { run, tables: new Map<string, number>(), examples: [], lastMs: nowMs, count: 0 };
    const noted: Noted = this.#noted ?? same ?? fresh;
    noted.lastMs = nowMs;
    noted.count += 1;
    noted.tables.set(table, (noted.tables.get(table) ?? 0) + 1);
    keepGravest(noted.examples, finding);
    this.#noted = noted;
  }

  /** Tells of the run when it is over; asked by the clock. */
  settle(signal: AbortSignal): void {
    const { packages } = this.#ledger.parts.host;
    if ((this.#noted === undefined && this.#over.length === 0) || this.#closing !== undefined) return;
    this.#follow(packages.run());
    const noted = this.#over.shift() ?? this.#ended();
    if (noted === undefined) return;
    this.#told = noted;
    this.#closing = this.#tell(noted, signal).finally(() => {
      this.#closing = undefined;
    });
  }

  /** What is noted belongs to this run, or to one that was over when this one began. */
  #follow(run: PackageRun | undefined): void {
    const noted = this.#noted;
    if (noted === undefined || run === undefined) return;
    // Before dpkg has written anything a run may be known by another start.
    if (run.startedMs === noted.run.startedMs || noted.run.packages.size === 0) noted.run = run;
    else if (run.startedMs > noted.run.startedMs) {
      this.#over.push(noted);
      this.#noted = undefined;
    }
  }

  #ended(): Noted | undefined {
    const noted = this.#noted;
    const { clock, packages } = this.#ledger.parts.host;
    if (noted === undefined || packages.run()?.endedMs === 0) return undefined;
    if (clock.monotonicMs() - noted.lastMs < quietMs) return undefined;
    this.#noted = undefined;
    return noted;
  }

  async #tell(noted: Noted, signal: AbortSignal): Promise<void> {
    const { run } = noted;
    const checked = await this.#check(run, signal);
    if (signal.aborted) return;
    const turn: Turn = this.#ledger.turn();
    const finding = findingOf(noted, run, checked);
    const what = [...run.packages.values()].join(', ') || 'packages';
    this.#ledger.alerts.raise(
      { finding, table: '', key: finding.subject, about: 'self', explainedBy: `package run: ${what}`, run },
      turn,
    );
    await this.#ledger.commit(turn);
  }

  /** Every file that the packages of the run ship, against their checksums, in slices. */
  async #check(run: PackageRun, signal: AbortSignal): Promise<Checked> {
    const { packages, clock } = this.#ledger.parts.host;
    const files = [...run.packages.keys()].flatMap((name) => packages.shipped(name));
    const checked: Checked = { files: files.length, same: 0, differing: [] };
    for (const [index, path] of files.slice(0, checkedFiles).entries()) {
      if (index % slice === slice - 1) await clock.sleep(1, signal);
      if (signal.aborted) break;
      const verdict = packages.verify(path);
      if (verdict === 'same') checked.same += 1;
      else if (verdict === 'differs') checked.differing.push(path);
    }
    return checked;
  }
}

/** A door that was opened must not be pushed out by twenty settings that came with it. */
function keepGravest(kept: Finding[], finding: Finding): void {
  const after = kept.findIndex(({ severity }) => gravity(severity) < gravity(finding.severity));
  kept.splice(after < 0 ? kept.length : after, 0, finding);
  if (kept.length > examples) kept.pop();
}

interface Checked {
  readonly files: number;
  same: number;
  readonly differing: string[];
}

function findingOf(noted: Noted, run: PackageRun, checked: Checked): Finding {
  const names = [...run.packages.values()];
  const shown = names.slice(0, 3).join(', ');
  const more = names.length > 3 ? ` and ${plural(names.length - 3, 'more package')}` : '';
  const differing = checked.differing.length;
  const part = checked.files > checkedFiles ? `the first ${plural(checkedFiles, 'file')} checked, ` : '';
  const all = differing === 0 ? 'all as packaged' : `${differing} not as packaged`;
  // What was removed ships nothing any more.
  const files = checked.files === 0 ? '' : `${plural(checked.files, 'file')}, ${part}${all}; `;
  return {
    rule: 'package-run',
    subject: `package run ${run.startedMs}`,
    severity: 'info',
    title: `${names.length === 0 ? 'Packages changed' : `${shown}${more}`}: ${files}${plural(noted.count, 'change')} explained`,
    why: 'Installing packages changes programs, accounts and start points. What the run did is listed here; what it did not ship is told by itself.',
    next: 'less /var/log/dpkg.log; telltale changes --all',
    facts: {
      packages: names.slice(0, examples),
      filesSame: checked.same,
      filesDiffering: checked.differing.slice(0, examples),
      changes: noted.count,
      tables: [...noted.tables].map(([table, count]) => `${table}: ${count}`),
      examples: noted.examples.map(({ title }) => title),
    },
  };
}
