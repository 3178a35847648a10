/** What the page gets: sentences ready to be shown, already harmless (`visible`), with the numbers beneath. */

import type { Sign } from '#model/finding.ts';
import type { Gap } from '#model/gap.ts';
import type { MarkedRow, Quiet } from '#model/verbs.ts';
import type { KnockView } from './scan-shapes.ts';

/** One alert as it stands in a list. `who` and `peer` are sentences, "" when nothing is known. */
export interface AlertView {
  readonly id: string;
  readonly rule: string;
  readonly sign: Sign;
  readonly title: string;
  readonly why: string;
  readonly who: string;
  readonly parents: string;
  readonly state: string;
  readonly quieted: boolean;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Whose ports an acceptance could cover, "" where it cannot be said. */
  readonly program: string;
  readonly package: string;
}

/** What belongs together. `cause` says why ("one login session"), "" for a single alert. */
export interface ChangeView {
  readonly id: string;
  readonly title: string;
  readonly cause: string;
  readonly count: number;
  readonly alerts: readonly AlertView[];
}

/** Open doors of one program with one reach: "tcp 80, 443", "nginx", "all". */
export interface DoorView {
  readonly door: string;
  readonly program: string;
  readonly reach: string;
  readonly isNew: boolean;
}

/** The 24 hours: a count of changes for each bucket, and a needle for each alert. */
export interface StripView {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly events: readonly number[];
  readonly needles: readonly {
    readonly timeMs: number;
    readonly id: string;
    readonly sign: Sign;
    readonly title: string;
  }[];
  /** The whole strip in a sentence, for those who do not see it. */
  readonly words: string;
}

/** The first screen. `zone` is the IANA name of the host's time zone: all times are shown in it. */
export interface OverviewView {
  /** What is typed on the host for "telltale". */
  readonly command: string;
  readonly host: string;
  readonly version: string;
  readonly zone: string;
  readonly nowMs: number;
  readonly watching: boolean;
  readonly sign: Sign;
  readonly headline: string;
  readonly detail: string;
  readonly quiet: string;
  readonly changes: readonly ChangeView[];
  readonly openCount: number;
  readonly quieted: number;
  readonly doors: readonly DoorView[];
  readonly moreDoors: number;
  /** Who scanned in the last 24 hours, newest first. */
  readonly knocks: readonly KnockView[];
  readonly moreKnocks: number;
  readonly strip: StripView;
  readonly chain: string;
  readonly channels: readonly { readonly name: string; readonly words: string; readonly failing: boolean }[];
  /** All senses in a few sentences, and each in one. */
  readonly senses: string;
  readonly sensors: readonly string[];
  readonly blind: readonly Gap[];
}

/** One alert, whole. */
export interface AlertPage {
  readonly zone: string;
  readonly nowMs: number;
  readonly alert: AlertView;
  readonly parts: readonly { readonly label: string; readonly text: string; readonly paste: boolean }[];
  /** Oldest parent first, the process itself last: as a chain is read. */
  readonly chain: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly attack: readonly string[];
  /** Address that can be blocked for it; "" where it has none, or where the senders are forged. */
  readonly source: string;
  /** Draft of a letter to the network that it came from, and what speaks against sending it; never sent by us. */
  readonly letter: { readonly text: string; readonly doubt: string } | undefined;
  readonly others: readonly AlertView[];
  readonly history: readonly { readonly timeMs: number; readonly words: string }[];
}

/** One line of the Sockets table; `cells` holds every column of the table as text. */
export interface SocketView extends RowView {
  readonly port: number;
}

/** The Sockets table: `total` fit the filter of `of`, `fresh` of them are new; at most a thousand come. */
export interface SocketsView {
  readonly zone: string;
  readonly nowMs: number;
  readonly takenMs: number;
  readonly by: string;
  readonly total: number;
  readonly fresh: number;
  readonly of: number;
  readonly rows: readonly SocketView[];
  readonly gaps: readonly Gap[];
}

/** One line of any table; `cells` holds every column as text. */
export interface RowView {
  /** Stable over looks, for the page to keep its place. */
  readonly key: string;
  readonly mark: MarkedRow['mark'];
  readonly sinceMs: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** One table. `rank` 0: identity, 1: compared, 2: detail. `total` rows fit the filter of `of`, `fresh` are new. */
export interface TableView {
  readonly zone: string;
  readonly nowMs: number;
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly watched: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly title: string;
    readonly doc: string;
    readonly rank: number;
    readonly number: boolean;
  }[];
  readonly takenMs: number;
  readonly by: string;
  readonly total: number;
  readonly fresh: number;
  readonly of: number;
  readonly rows: readonly RowView[];
  readonly gaps: readonly Gap[];
}

/** The tables of the Host page. */
export interface HostView {
  readonly tables: readonly {
    readonly name: string;
    readonly title: string;
    readonly doc: string;
    readonly rows: number;
    readonly watched: boolean;
  }[];
}

/** How well each check sees, and when something was not seen; `untilMs` 0 while it lasts. */
export interface CoverageView {
  readonly zone: string;
  readonly nowMs: number;
  readonly fromMs: number;
  readonly checks: readonly {
    readonly name: string;
    readonly words: string;
    readonly gaps: readonly Gap[];
    readonly failed: boolean;
  }[];
  readonly spans: readonly {
    readonly what: string;
    readonly why: string;
    readonly fromMs: number;
    readonly untilMs: number;
  }[];
}

/** What is silenced. `ends` in words. */
export interface QuietView {
  readonly id: string;
  readonly verb: Quiet['verb'];
  readonly words: string;
  readonly by: string;
  readonly reason: string;
  readonly madeMs: number;
  readonly ends: string;
  readonly ended: boolean;
  readonly hits: number;
}

export interface QuietsView {
  readonly zone: string;
  readonly nowMs: number;
  readonly quiets: readonly QuietView[];
  /** Alerts that somebody has seen (ack), until they go or change. */
  readonly seen: readonly AlertView[];
}

/** The result of ack, accept, mute or unmute, also dry. */
export interface QuietDone {
  readonly count: number;
  readonly also: { readonly count: number; readonly titles: readonly string[] };
  readonly dryRun: boolean;
}

/** What comes over /api/events; `again`: events were lost, read everything anew. */
export type FeedEvent =
  | {
      readonly type: 'alert';
      readonly id: string;
      readonly title: string;
      readonly sign: Sign;
      readonly update: boolean;
    }
  | { readonly type: 'look'; readonly table: string; readonly nowMs: number }
  | { readonly type: 'again' };

/** The answer to a login. The key is kept by the page and sent back with each request. */
export interface LoginAnswer {
  readonly ok: boolean;
  readonly passwordSet: boolean;
  readonly waitMs: number;
  readonly key: string;
}
