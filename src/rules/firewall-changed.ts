/** The packet filter lets in, sends on or keeps out something else than before. See docs/rules/firewall-changed.md. */

import { type Severity, severities } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type FirewallRow, firewall } from '#sensors/firewall.ts';
import { isEmptied } from './firewall-emptied.ts';
import {
  aboutChain,
  chainName,
  difference,
  inputChain,
  isInward,
  isKeptByProgram,
  letsAllIn,
  ruleName,
  WRAPPERS,
  wrapperLine,
} from './firewall-words.ts';

export default defineRule<FirewallRow>({
  id: 'firewall-changed',
  doc: 'A chain of the packet filter has another policy or other rules, came or went.',
  on: 'firewall',
  table: firewall,
  attack: ['T1562.004'],
  types: ['added', 'changed', 'removed'],
  judge({ change, known, learning }) {
    const row = change.type === 'removed' ? change.before : change.after;
    if (learning || row.family === WRAPPERS || isEmptied(change)) return undefined;
    if (change.type === 'added' && known) return undefined;
    const { facts, ...about } = aboutChain(row);
    const { severity, words, came, went } = storyOf(change);
    return {
      ...about,
      facts: { ...facts, ...(came.length > 0 && { came }), ...(went.length > 0 && { went }) },
      severity: isKeptByProgram(row) ? 'info' : severity,
      title: words,
      why: isInward(row)
        ? 'It decides what from outside reaches this host. Intruders open a way for themselves, and close it for those who look.'
        : 'It decides where packets go. Intruders send them to themselves, or hide what they send.',
    };
  },
  samples: [
    {
      name: 'the policy was opened',
      judgement: { change: { type: 'changed', before: inputChain, after: { ...inputChain, policy: 'accept' } } },
      expect: 'high',
    },
    {
      name: 'one more port',
      judgement: {
        change: {
          type: 'changed',
          before: inputChain,
          after: { ...inputChain, digest: 'x', ruleCount: 3, rules: [...inputChain.rules, 'tcp dport 4444 accept'] },
        },
      },
      expect: 'medium',
    },
    {
      name: 'everything is let in',
      judgement: {
        change: { type: 'changed', before: inputChain, after: { ...inputChain, digest: 'x', rules: ['accept'] } },
      },
      expect: 'high',
    },
    {
      name: 'it was closed',
      judgement: { change: { type: 'changed', before: { ...inputChain, policy: 'accept' }, after: inputChain } },
      expect: 'low',
    },
    {
      name: 'packets are sent elsewhere',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...inputChain,
            chain: 'pre',
            hook: 'prerouting',
            type: 'nat',
            policy: 'accept',
            rules: ['dnat {"addr":"10.0.0.9"}'],
          },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a chain of Docker',
      judgement: { change: { type: 'added', after: { ...inputChain, chain: 'DOCKER', hook: '' } } },
      expect: 'info',
    },
    {
      name: 'a chain that nothing jumps to',
      judgement: { change: { type: 'added', after: { ...inputChain, hook: '', policy: '' } } },
      expect: 'low',
    },
    { name: 'all rules are gone', judgement: { change: { type: 'removed', before: inputChain } }, expect: undefined },
    { name: 'a line of TCP wrappers', judgement: { change: { type: 'added', after: wrapperLine } }, expect: undefined },
    {
      name: 'a known chain came back',
      judgement: { change: { type: 'added', after: inputChain }, known: true },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: inputChain }, learning: true },
      expect: undefined,
    },
  ],
});

interface Story {
  readonly severity: Severity;
  readonly words: string;
  readonly came: readonly string[];
  readonly went: readonly string[];
}

function storyOf(change: Change<FirewallRow>): Story {
  if (change.type === 'changed') return changedStory(change.before, change.after);
  const added = change.type === 'added';
  const row = added ? change.after : change.before;
  const [first] = row.rules;
  const hooked = row.hook === '' ? '' : ` at ${row.hook}`;
  const words = `${added ? 'New in the packet filter' : 'No longer in the packet filter'}: ${chainName(row)}${hooked}${first === undefined ? '' : `, with ${ruleName(first)}`}`;
  const grave = added && row.hook !== '' && (row.type === 'nat' || row.rules.length > 0);
  return { severity: grave ? 'medium' : 'low', words, came: added ? row.rules : [], went: added ? [] : row.rules };
}

function changedStory(before: FirewallRow, after: FirewallRow): Story {
  const { came, went } = difference(before, after);
  if (before.policy !== after.policy) {
    const opened = after.policy === 'accept' && isInward(after);
    const words = opened
      ? `The packet filter lets in what no rule forbids: policy of ${chainName(after)} is accept now, before ${before.policy}`
      : `Policy of ${chainName(after)} is ${after.policy} now, before ${before.policy}`;
    return { severity: opened ? 'high' : 'low', words, came, went };
  }
  const all = came.find(letsAllIn);
  const level = all !== undefined && isInward(after) ? 3 : after.hook === '' ? 1 : 2;
  const words = `Rules of ${chainName(after)} changed: ${differenceWords(came, went)}`;
  return { severity: severities[level] ?? 'medium', words, came, went };
}

function differenceWords(came: readonly string[], went: readonly string[]): string {
  const parts: string[] = [];
  const [first] = came;
  const [gone] = went;
  if (first !== undefined) parts.push(`new ${ruleName(first)}${came.length > 1 ? ` and ${came.length - 1} more` : ''}`);
  if (gone !== undefined) parts.push(`gone ${ruleName(gone)}${went.length > 1 ? ` and ${went.length - 1} more` : ''}`);
  return parts.length === 0 ? 'their order, or rules beyond those that are kept' : parts.join(', ');
}
