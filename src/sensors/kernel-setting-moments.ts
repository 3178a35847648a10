/**
 * Values of settings that stood between two looks: who changes one and changes it back a moment later is told all the
 * same. What was read when the kernel told of a write is shown to the looks that follow, one value a look.
 */

import type { Host } from '#model/host.ts';

/** Values that wait for a setting; of more, the oldest go: whoever flips one that often is told anyway. */
const MAX_WAITING = 4;

/** What was shown last of one setting, and what is still to be shown. */
interface Moments {
  readonly shown: Shown | undefined;
  readonly waiting: readonly string[];
}

/** What a look showed: compared with the next, it says which of the two files was written. */
export interface Shown {
  readonly value: string;
  readonly atBoot: string;
  readonly file: string;
}

class SettingMoments {
  readonly #settings = new Map<string, Moments>();

  /** The kernel told that it was written, and this is what was read at once. */
  heard(name: string, value: string): void {
    const known = this.#settings.get(name);
    // Before the first look there is nothing to differ from.
    if (known === undefined) return;
    const before = known.waiting.at(-1) ?? known.shown?.value;
    if (before !== value)
      this.#settings.set(name, { ...known, waiting: [...known.waiting, value].slice(-MAX_WAITING) });
  }

  /** The value that a look is to show now, when the machine says `value`. */
  next(name: string, value: string): string {
    const known = this.#settings.get(name);
    const [first, ...rest] = known?.waiting ?? [];
    if (known === undefined || first === undefined) return value;
    this.#settings.set(name, { ...known, waiting: rest });
    return first;
  }

  /** What the last look showed of it. */
  last(name: string): Shown | undefined {
    return this.#settings.get(name)?.shown;
  }

  show(name: string, shown: Shown): void {
    this.#settings.set(name, { shown, waiting: this.#settings.get(name)?.waiting ?? [] });
  }

  /** Is there something that no look has shown yet? */
  get waits(): boolean {
    for (const { waiting } of this.#settings.values()) if (waiting.length > 0) return true;
    return false;
  }
}

const byHost = new WeakMap<Pick<Host, 'files'>, SettingMoments>();

/** One memory a host: its listener fills it, its looks empty it. */
export function momentsOf(host: Pick<Host, 'files'>): SettingMoments {
  const known = byHost.get(host);
  if (known !== undefined) return known;
  const fresh = new SettingMoments();
  byHost.set(host, fresh);
  return fresh;
}
