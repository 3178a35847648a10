/** The packet filter does not protect this host any more. See docs/rules/firewall-emptied.md. */

import { plural } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type FirewallRow, firewall } from '#sensors/firewall.ts';
import { aboutChain, chainName, inputChain, isInward, isKeptByProgram, WRAPPERS } from './firewall-words.ts';

export default defineRule<FirewallRow>({
  id: 'firewall-emptied',
  doc: 'A chain that decided what comes in from outside was removed, or holds no rule any more.',
  on: 'firewall',
  table: firewall,
  attack: ['T1562.004'],
  types: ['removed', 'changed'],
  judge({ change }) {
    if (change.type === 'added' || !isEmptied(change)) return undefined;
    const { before } = change;
    const { facts, next } = aboutChain(before);
    const open = change.type === 'removed' || change.after.policy !== 'drop';
    const rules = `${plural(before.ruleCount, 'rule')} and policy ${before.policy}`;
    return {
      // All chains of a table go together: one trouble.
      subject: `${before.family} ${before.table} emptied`,
      facts: { ...facts, went: before.rules },
      severity: open ? 'high' : 'medium',
      title: open
        ? `The packet filter no longer protects this host: ${chainName(before)}, which had ${rules}, is ${change.type === 'removed' ? 'gone' : 'empty'}`
        : `The packet filter lets nothing in: ${chainName(before)} lost its ${plural(before.ruleCount, 'rule')}, its policy is drop`,
      why: 'Every port that is open on this host can be reached from outside now, or none of them any more.',
      next: `nft list ruleset; systemctl status nftables; ${next}`,
    };
  },
  samples: [
    { name: 'nft flush ruleset', judgement: { change: { type: 'removed', before: inputChain } }, expect: 'high' },
    {
      name: 'iptables -F with an open policy',
      judgement: {
        change: {
          type: 'changed',
          before: { ...inputChain, policy: 'accept' },
          after: { ...inputChain, policy: 'accept', ruleCount: 0, rules: [] },
        },
      },
      expect: 'high',
    },
    {
      name: 'iptables -F with a closed one',
      judgement: { change: { type: 'changed', before: inputChain, after: { ...inputChain, ruleCount: 0, rules: [] } } },
      expect: 'medium',
    },
    {
      name: 'a chain that was empty',
      judgement: { change: { type: 'removed', before: { ...inputChain, policy: 'accept', ruleCount: 0 } } },
      expect: undefined,
    },
    {
      name: 'the way out',
      judgement: { change: { type: 'removed', before: { ...inputChain, hook: 'output' } } },
      expect: undefined,
    },
    {
      name: 'one rule less',
      judgement: { change: { type: 'changed', before: inputChain, after: { ...inputChain, ruleCount: 1 } } },
      expect: undefined,
    },
  ],
});

/** A chain on the way in lost all that it did. */
export function isEmptied(change: Change<FirewallRow>): boolean {
  if (change.type === 'added') return false;
  const { before } = change;
  if (before.family === WRAPPERS || !isInward(before) || isKeptByProgram(before) || before.type === 'nat') return false;
  if (change.type === 'removed') return before.ruleCount > 0 || before.policy === 'drop';
  return before.ruleCount > 0 && change.after.ruleCount === 0;
}
