/** What can be told of a remote address beside what it did here. */

import type { Gap } from './gap.ts';

/** Empty text: not known. Nothing of it proves anything: names are what the sender's own network claims. */
export interface Sender {
  /** Reverse name (PTR), as it was claimed; printable ASCII, at most 253 characters. */
  readonly name: string;
  /** Its /24 or /64, with what RFC 6890 says of such addresses: "192.168.7.0/24 (private)". */
  readonly network: string;
  /** Who runs the network, by a database of the administrator's: "AS64500 Example Net". */
  readonly operator: string;
  /** Country by such a database: "Netherlands (NL)". */
  readonly country: string;
}

/** What is known of senders. */
export interface Senders {
  /** At once, and asks nobody. */
  known(address: string): Sender;
  /** Begins to ask for its reverse name, where that is allowed and not known; `known` has it when it came. */
  ask(address: string): void;
  /** Names that came so far: when it grows, what shows them is worth another look. */
  readonly named: number;
  /** Databases that cannot be read. */
  readonly gaps: readonly Gap[];
}

/** The settings behind it. */
export interface SenderSettings {
  /** Whether name servers may be asked. */
  readonly names: boolean;
  /** Files in MaxMind's format (.mmdb), absolute. */
  readonly databases: readonly string[];
}
