/** The watch watches itself: a blind, dead or silenced watch must never look like a clean host. See docs/rules/. */

import type { Finding } from '#model/finding.ts';
import type { Ledger } from './ledger.ts';
import type { Turn } from './turn.ts';
import type { OtherProgram } from './upgrade.ts';

/** Why each of our own troubles matters, and what to look at. */
const words = {
  'sensor-failed': {
    severity: 'medium',
    why: 'While a sensor cannot look, nothing it watches can be told; silence is not proof of peace.',
    next: 'telltale doctor; journalctl -u telltale -n 50',
  },
  'sensor-slow': {
    severity: 'low',
    why: 'A look that takes this long sees changes late; a flood of sockets or processes can be meant to blind us.',
    next: 'telltale doctor; uptime; ss -s',
  },
  'sensor-silent': {
    severity: 'medium',
    why: 'No look was finished for a long time: what changed since then is not known.',
    next: 'telltale doctor; journalctl -u telltale -n 50',
  },
  'listener-failed': {
    severity: 'medium',
    why: 'Without kernel events only what stands at a look is seen; what lives shorter is missed.',
    next: 'telltale doctor',
  },
  'blind-sense': {
    severity: 'medium',
    why: 'What cannot be seen is not checked; an attacker who can blind a sense hides behind it.',
    next: 'telltale doctor',
  },
  'events-lost': {
    severity: 'medium',
    why: 'The kernel had more to tell than was read. A look has found again what still stands, but what came and went meanwhile may be missed; a flood can be meant to hide one thing.',
    next: 'telltale doctor; telltale changes --all',
  },
  'channel-failing': {
    severity: 'medium',
    why: 'Who is not told cannot act. What waits is kept and told in order when the channel works again.',
    next: 'telltale doctor; telltale config check',
  },
  'clock-stepped': {
    severity: 'low',
    why: 'Times before and after the step do not compare; a changed clock can be meant to confuse the record.',
    next: 'timedatectl; journalctl -u systemd-timesyncd -n 20',
  },
  'maintenance-window': {
    severity: 'low',
    why: 'Until it ends, changes are told as explained by it and become normal. An intruder can open a window as well: whoever did not open this one has something to do.',
    next: 'telltale maintenance show; telltale changes --all',
  },
  'rotation-failed': {
    severity: 'medium',
    why: 'A log that is not rotated grows until its disk is full, and then services and the record of what happened stop.',
    next: 'telltale rotate plan; telltale rotate doctor; df -h /var/log',
  },
  'store-trouble': {
    severity: 'high',
    why: 'What the disk refuses is kept in memory only: it is lost when the daemon ends before the disk works again.',
    next: 'df -h; mount; dmesg | tail',
  },
  'answer-failed': {
    severity: 'medium',
    why: 'Whoever was to be shut out is not, or whoever was to be let in again is still blocked.',
    next: 'telltale blocks --all; telltale config check',
  },
  'store-edited': {
    severity: 'critical',
    why: 'Whoever edits what the watch has recorded takes away the proof of what was done, or makes something pass for normal. Nobody but the watch has a reason to write there; a backup that was put back looks the same.',
    next: 'telltale verify; ls -l --time=full /var/lib/telltale; last -x | head',
  },
  'state-disk-filling': {
    severity: 'medium',
    why: 'A watch that cannot write forgets; filling its disk is a way to blind it, and a full disk hurts everything else here as well.',
    next: 'df -h; du -xh --max-depth=2 / | sort -h | tail -20',
  },
  'baseline-renewed': {
    severity: 'low',
    why: 'From now on what stands is normal and is not told again. An intruder who may do this makes his work normal: it must have been one of you.',
    next: 'telltale baseline diff; last | head',
  },
  'watch-upgraded': {
    severity: 'low',
    why: 'What this version sees for the first time in files that nobody touched is taken as it stands, but for what is dangerous in itself. Whoever exchanges the watch decides what it sees: it must have been one of you.',
    next: 'telltale about; telltale verify; telltale baseline diff',
  },
  'watch-killed': {
    severity: 'medium',
    why: 'An intruder ends the watch before going on. Changes that still stand were compared at this start; what came and went meanwhile is not known.',
    next: 'journalctl -u telltale -n 50; last -x | head; dmesg | grep -i -e oom -e killed',
  },
} as const satisfies Record<string, Pick<Finding, 'severity' | 'why' | 'next'>>;

/** Rules of the self-watch; each has its page in docs/rules/. */
export type SelfRule = keyof typeof words;

/** One trouble of ours. `subject` is stable (name of a sensor, channel, blind spot). */
export interface Trouble {
  readonly rule: SelfRule;
  readonly subject: string;
  readonly title: string;
  readonly facts?: Finding['facts'];
  readonly severity?: Finding['severity'];
  readonly next?: string | undefined;
  /** Told and closed in one. */
  readonly over?: boolean;
}

/** Raises an alert about ourselves in this turn. */
export function raiseTrouble(ledger: Ledger, trouble: Trouble, turn: Turn): void {
  const { rule, subject, title, facts = {}, over = false } = trouble;
  const { severity, why, next } = words[rule];
  const finding: Finding = {
    rule,
    subject,
    severity: trouble.severity ?? severity,
    title,
    why,
    next: trouble.next ?? next,
    facts,
    ...(over && { over }),
  };
  ledger.alerts.raise({ finding, table: '', key: subject, about: 'self' }, turn);
}

/** Another version of the program runs over the record of the one before. */
export function raiseUpgrade(
  ledger: Ledger,
  { from, version, build }: { readonly from: OtherProgram; readonly version: string; readonly build: string },
  turn: Turn,
): void {
  const facts = { before: `${from.version} ${from.build}`.trim(), after: `${version} ${build}` };
  const back = isBefore(version, from.version);
  const title =
    from.version === version
      ? `Telltale ${version} runs in another build than before: ${build}, before ${from.build}`
      : `Telltale was ${back ? 'taken back' : 'upgraded'} from ${from.version === '' ? 'an older version' : `version ${from.version}`} to ${version}`;
  const severity = back ? 'medium' : 'low';
  const subject = `${facts.before} to ${facts.after}`;
  raiseTrouble(ledger, { rule: 'watch-upgraded', subject, title, facts, severity, over: true }, turn);
}

/** "0.9.1" is before "0.10.0". */
function isBefore(version: string, other: string): boolean {
  return other !== '' && version.localeCompare(other, 'en', { numeric: true }) < 0;
}

/** The trouble is over: its alert closes. */
export function endTrouble(ledger: Ledger, at: { rule: SelfRule; subject: string; words: string }, turn: Turn): void {
  ledger.alerts.closeSelf(at.rule, at.subject, turn, at.words);
}
