/** The contract of notifiers: one file a channel. */

import type { GenericSchema } from 'valibot';
import type { Alert, Incident } from './finding.ts';
import type { Host } from './host.ts';

/** One thing to tell. Channels for programs get every alert; channels for people get incidents. */
export interface Notice {
  /** Position in the outbox; the same notice may come twice after a crash, under the same number. */
  readonly seq: number;
  readonly alert: Alert;
  readonly incident: Incident;
  /** False the first time this alert is told on this channel. */
  readonly update: boolean;
  /** Set when the channel's cap was reached: this many further notices are summed up here. */
  readonly suppressed?: number;
  /** Gravest alerts of other incidents that are summed up here, gravest first; bounded, so it may be fewer. */
  readonly others?: readonly Alert[];
  /** Set in the last message that the cap allows for now: no other comes before this time. */
  readonly silentUntilMs?: number;
  /** All alerts of the incident that wait to be told, gravest first; for channels of kind `incidents`. */
  readonly alerts: readonly Alert[];
}

/** Words for people, rendered by views: channels never word anything themselves. */
export interface Words {
  subject(notice: Notice): string;
  text(notice: Notice): string;
  html(notice: Notice): string;
  /** The line of the alert file, without the newline. */
  json(notice: Notice): string;
}

/** An open channel. `send` resolves when the other side has taken it; it throws to be tried again later. */
export interface Channel extends AsyncDisposable {
  /** How long `send` may take; it is given up after a minute where nothing is said. */
  readonly patienceMs?: number;
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}

/** What a channel gets when it is opened. */
export interface ChannelContext<S> {
  readonly host: Host;
  readonly words: Words;
  readonly settings: S;
  readonly signal: AbortSignal;
}

/** `alerts`: every alert and update, in order, at once. `incidents`: grouped, capped, from `minSeverity` up. */
export type ChannelKind = 'alerts' | 'incidents';

/** A way to tell. */
export interface Notifier<S = unknown> {
  readonly name: string;
  readonly doc: string;
  readonly kind: ChannelKind;
  /** Settings beside `type`, `minSeverity` and `maxPerHour`, which all channels share. */
  readonly settings: GenericSchema<unknown, S>;
  /** Names of settings that hold secrets: never printed, never logged. */
  readonly secrets: readonly string[];
  open(context: ChannelContext<S>): Promise<Channel>;
}

/** Declares a notifier, keeping the settings' type inside. */
export function defineNotifier<S>(notifier: Notifier<S>): Notifier<S> {
  return notifier;
}
