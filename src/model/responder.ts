/**
 * The contract of responders: one file a way to answer. A responder puts a block up and takes it down, and knows nothing
 * of why; deciding, growing, expiring and the never-block list are the engine's. No block without an end and an undo.
 */

import type { GenericSchema } from 'valibot';
import type { IpPrefix } from '#lib/ip-prefix.ts';
import type { Exec } from './exec.ts';
import type { Clock, Failure, Files, Host } from './host.ts';
import type { HeardPacket } from './packets.ts';

/** drop: nothing of it comes in. rate-limit: for sources that may be forged, a little still does. */
export type BlockKind = 'drop' | 'rate-limit';

/** planned: would have been put up (mode "try"). */
export type ActionState = 'planned' | 'active' | 'undone' | 'failed';

/** What one responder does about one block. */
export interface Action {
  /** Id of the block. */
  readonly id: string;
  readonly responder: string;
  /** Canonical prefix: "192.0.2.7", "2001:db8::/64". */
  readonly target: string;
  readonly kind: BlockKind;
  /** Alert that it answers; "" for a block by hand. */
  readonly alert: string;
  readonly state: ActionState;
  readonly reason: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** What the responder wrote down to take it down again, as plain text by its own names. */
  readonly undo: Readonly<Record<string, string>>;
  /** Port and mode for commands ("$PORT$", "$MODE$"): 0 and "" where the alert has none. */
  readonly port: number;
  readonly mode: string;
}

/** What became of one action. */
export type Applied =
  | { readonly id: string; readonly undo: Readonly<Record<string, string>> }
  | { readonly id: string; readonly failure: string };

/** Narrowing: did it fail? */
export function hasFailed(applied: Applied): applied is { readonly id: string; readonly failure: string } {
  return 'failure' in applied;
}

/** Changes one line file of the machine at once or not at all; follows no link. Implemented in src/host/edit-file.ts. */
export interface FileEditor {
  /**
   * Replaces the text by what `change` makes of it (undefined: leave it alone), keeping owner and mode. A file that is
   * not there is "" and gets mode 0644. Bytes that are no UTF-8 survive: text is Latin-1, one character a byte.
   */
  edit(path: string, change: (text: string) => string | undefined): Failure | undefined;
}

/** A group of NFLOG: what rules of the packet filter log ("log group N") comes here. */
export interface LogGroup extends Disposable {
  readonly group: number;
  /** Packets that were logged and did not reach us. */
  lost(): number;
  /** Begins to hand packets over; call it once. `done` after each turn, also when something was lost. */
  start(packet: (packet: HeardPacket) => void, done: () => void): void;
}

/** What a responder gets when it is opened. */
export interface ResponderContext<S> {
  readonly settings: S;
  readonly exec: Exec;
  readonly files: Files;
  readonly editor: FileEditor;
  readonly clock: Clock;
  readonly datagram: Host['datagram'];
  /** Takes a free group of NFLOG in our network namespace, with `snapBytes` of each packet, handed over after 10 ms. */
  readonly logGroup: (snapBytes: number) => LogGroup | Failure;
  /** Stands for the state directory, hexadecimal: names what is ours in the kernel and in files. */
  readonly tag: string;
  readonly signal: AbortSignal;
  /** Whether the machine may answer by itself, before anybody decided: only where answers are on. */
  readonly unattended: boolean;
}

/** A source that the kernel answered by itself, before anybody decided; the engine makes a block of it. */
export interface KernelBlock {
  readonly target: string;
  readonly untilMs: number;
  /** rate-limit: it is still answered, but not at once. Default: drop. */
  readonly kind?: BlockKind;
  /** The packet that decided it from its IP header on, hexadecimal; "" where it was not heard. */
  readonly packet?: string;
  /** TCP port that this packet was for. */
  readonly port?: number;
  /** Packets that were dropped because of it so far. */
  readonly dropped?: number;
}

/** An open responder. Failures are data; nothing here throws for what the machine refuses. */
export interface OpenResponder {
  /** Puts up, all at once where the machine can. A target that stands already gets the new end. */
  apply(actions: readonly Action[]): Promise<readonly Applied[]>;
  /** Takes down. What is not there any more is no failure. */
  undo(actions: readonly Action[]): Promise<readonly Applied[]>;
  /**
   * At the start of a daemon: exactly these stand afterwards, and nothing else that is ours, without a moment in between
   * in which less stood. They carry the `undo` of when they were applied.
   */
  restore(standing: readonly Action[], over: readonly Action[]): Promise<readonly Applied[]>;
  /** Takes away everything of ours; called at an orderly stop unless blocks are to be kept. */
  clear(standing: readonly Action[]): Promise<void>;
  /** Whether what was put up still stands as a whole; asked now and then, and answered by `restore` when not. */
  intact?(): Promise<boolean>;
  /** Never-block list for what the kernel decides by itself; called when it changes. */
  spare?(prefixes: readonly IpPrefix[]): Promise<void>;
  /** What the kernel blocked by itself and still blocks; read at most once a second. */
  kernelBlocks?(): Promise<readonly KernelBlock[]>;
  /**
   * From now on tells at once whom the kernel blocked; an empty list: something was missed, `kernelBlocks` knows. Without
   * it, or where the machine has no such news, `kernelBlocks` is all there is.
   */
  hearKernel?(heard: (blocks: readonly KernelBlock[]) => void): void;
}

/** A way to answer. */
export interface Responder<S = unknown> {
  readonly name: string;
  readonly doc: string;
  /** Settings beside `type`. */
  readonly settings: GenericSchema<unknown, S>;
  readonly kinds: readonly BlockKind[];
  /** True where it acts once and has nothing to take down (a command without its counterpart). */
  readonly once?: boolean;
  /** Resolves also where it cannot work here: then `apply` fails with words. */
  open(context: ResponderContext<S>): Promise<OpenResponder>;
}

/** Declares a responder, keeping the settings' type inside. */
export function defineResponder<S>(responder: Responder<S>): Responder<S> {
  return responder;
}

/** A block with its life. Field names are a contract: `telltale blocks --json`. */
export interface Block {
  readonly id: string;
  readonly target: string;
  readonly kind: BlockKind;
  /** planned: mode "try". failed: no responder could put it up. */
  readonly state: ActionState;
  /** "telltale", or the person. */
  readonly by: string;
  /** Alert and rule that it answers; "" for a block by hand. */
  readonly alert: string;
  readonly rule: string;
  readonly reason: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** 0 while it stands. */
  readonly endedMs: number;
  /** "expired", "unblocked by …", "covered by …"; "" while it stands. */
  readonly endedWhy: string;
  /** How often this target was blocked before within the memory for growth: 1 the first time. */
  readonly times: number;
  readonly port: number;
  readonly mode: string;
  /** By responder: what became of it there. */
  readonly done: Readonly<Record<string, BlockDone>>;
  /** Only for blocks by the kernel: the packet that decided it from its IP header on, hexadecimal. */
  readonly packet?: string;
  /** Only where the kernel counts them: packets that it dropped. */
  readonly dropped?: number;
}

/** What became of a block at one responder. */
export interface BlockDone {
  readonly state: ActionState;
  readonly undo: Readonly<Record<string, string>>;
  readonly failure?: string;
}

/** A line of the never-block list. `hard`: refused also when a person insists. */
export interface NeverBlock {
  readonly prefix: string;
  readonly why: string;
  readonly hard: boolean;
}

/** An address that a person allowed: never blocked until `untilMs` (0: for good). */
export interface Allowed {
  readonly prefix: string;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number;
}

/** Settings of the answers; see docs/answers.md. */
export interface AnswerSettings {
  readonly mode: 'off' | 'try' | 'on';
  readonly responders: readonly { readonly type: string; readonly own: unknown }[];
  readonly forMs: number;
  /** Factor by which each repeat is longer. */
  readonly grow: number;
  readonly longestMs: number;
  /** Blocks that may stand at once. */
  readonly cap: number;
  readonly never: readonly string[];
  /** Files in the form of portsentry.ignore. */
  readonly neverFiles: readonly string[];
  /** What is done about sources that may be forged. */
  readonly unconfirmed: 'rate-limit' | 'never' | 'block';
  /** Rules that are answered. */
  readonly rules: readonly string[];
  /** After an unblock the address is left alone for this long. */
  readonly graceMs: number;
  /** Blocks stay when the daemon stops. */
  readonly keep: boolean;
}
