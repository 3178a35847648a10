/** What the page "Scans and blocks" gets: sentences ready to be shown, already harmless, with the numbers beneath. */

import type { Sign } from '#model/finding.ts';
import type { Gap } from '#model/gap.ts';

/** Who scans or scanned, and what came of it. */
export interface ScanView {
  /** Id of the alert that tells of it. */
  readonly id: string;
  readonly sign: Sign;
  /** Who: address, network, or the program of an outbound scan. */
  readonly source: string;
  /** It is this host that scans others. */
  readonly outbound: boolean;
  /** It has a login session here. */
  readonly inside: boolean;
  /** "SYN scan (nmap -sS)". */
  readonly how: string;
  /** Other techniques of the same source. */
  readonly also: readonly string[];
  /** "17 of 18 ports closed". */
  readonly score: string;
  /** Ports tried, as "22-25,80". */
  readonly tried: string;
  /** How many different ones. */
  readonly ports: number;
  /** Ports that answered: what the scanner knows now. */
  readonly learned: readonly string[];
  /** How sure its sender is, in a sentence. */
  readonly verdict: string;
  /** "From 10.0.0.7 and 10.0.0.50. It tried 2 of our addresses.": what the source alone does not say; may be empty. */
  readonly between: string;
  /** Its network's name for it (a claim, in quotes), who runs the network, and where; "" where nothing is known. */
  readonly who: string;
  /** What the same sender did since, as "scanned again, LOGGED IN"; "" where nothing more was heard of it. */
  readonly later: string;
  readonly going: boolean;
  /** "seen", "muted by …"; "" while it is open or over by itself. */
  readonly state: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The block that stands against it; `words`: "blocked", "slowed down". */
  readonly block:
    | { readonly target: string; readonly words: string; readonly sinceMs: number; readonly untilMs: number }
    | undefined;
  /** What a block by hand would be of; "" where there is no single sender, or where it is shut out already. */
  readonly blockable: string;
  readonly picture: ScanPicture;
}

/**
 * When which port was tried. `dots` are single probes as [milliseconds after `firstMs`, lane, port]; `ports` are pairs
 * of which only the span of the scan is known, as [lane, from, to]. Lane 0: TCP, 1: UDP, 2: other protocols.
 */
export interface ScanPicture {
  readonly dots: readonly (readonly [afterMs: number, lane: number, port: number])[];
  readonly ports: readonly (readonly [lane: number, from: number, to: number])[];
  /** Ports that answered, as [lane, port]. */
  readonly open: readonly (readonly [lane: number, port: number])[];
}

/** All scans since `fromMs`, newest first. `total` were found, at most `scans.length` are shown. */
export interface ScansView {
  readonly zone: string;
  readonly nowMs: number;
  readonly fromMs: number;
  readonly headline: string;
  readonly detail: string;
  readonly scans: readonly ScanView[];
  readonly total: number;
  /** The picture in a few sentences, for those who do not see it. */
  readonly words: readonly string[];
  readonly gaps: readonly Gap[];
}

/** A block as it stands, or as it ended. */
export interface BlockView {
  readonly id: string;
  readonly target: string;
  /** "dropped", "slowed down", "would be dropped", "failed". */
  readonly how: string;
  readonly state: 'planned' | 'active' | 'undone' | 'failed';
  readonly why: string;
  readonly by: string;
  /** "nftables, hosts-deny". */
  readonly through: string;
  /** Id of the alert that it answers; "" for a block by hand. */
  readonly alert: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** "expired today 08:12"; "" while it stands. */
  readonly ended: string;
}

/** An address that a person allowed. */
export interface AllowedView {
  readonly prefix: string;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  /** 0: for good. */
  readonly untilMs: number;
}

export interface BlocksView {
  readonly zone: string;
  readonly nowMs: number;
  readonly mode: 'off' | 'try' | 'on';
  /** What stands now, in a sentence. */
  readonly sentence: string;
  /** What the mode means, in a sentence. */
  readonly meaning: string;
  /** How to change the mode: what for, and the lines to type. */
  readonly changes: readonly { readonly what: string; readonly type: string }[];
  readonly watching: boolean;
  readonly standing: readonly BlockView[];
  readonly ended: readonly BlockView[];
}

/** Who is never blocked. `hard`: not by hand either. */
export interface NeverView {
  readonly zone: string;
  readonly nowMs: number;
  readonly never: readonly { readonly prefix: string; readonly why: string; readonly hard: boolean }[];
  readonly allowed: readonly AllowedView[];
}

/** Whom answers would have hit since `sinceMs`, and whom they would have left alone. */
export interface TryView {
  readonly zone: string;
  readonly nowMs: number;
  readonly sinceMs: number;
  readonly sentence: string;
  readonly next: string;
  readonly entries: readonly {
    readonly timeMs: number;
    readonly target: string;
    /** "blocked", "slowed down", "left alone". */
    readonly what: string;
    readonly spared: boolean;
    readonly why: string;
    readonly alert: string;
    /** 0 where nothing would have been put up. */
    readonly untilMs: number;
  }[];
  readonly total: number;
}

/** What block, unblock and allow did, in sentences. */
export interface AnswerDone {
  readonly words: string;
}

/** One line of "who knocked": a source of the last 24 hours. */
export interface KnockView {
  readonly source: string;
  readonly what: string;
  readonly verdict: string;
  readonly alert: string;
}
