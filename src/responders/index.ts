/** All responders, one line each. */

import * as v from 'valibot';
import type { Responder } from '#model/responder.ts';
import attackalert from './attackalert.ts';
import blackholeRoute from './blackhole-route.ts';
import command from './command.ts';
import hostsDeny from './hosts-deny.ts';
import iptables from './iptables.ts';
import nftables from './nftables.ts';

export const responders: readonly Responder[] = [nftables, iptables, blackholeRoute, hostsDeny, command, attackalert];

/** What a responder takes when nothing is said; throws for one that cannot do without. */
export function defaultsOf(responder: Responder): unknown {
  return v.parse(responder.settings, {});
}
