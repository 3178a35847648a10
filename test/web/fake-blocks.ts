/** Made-up blocks and a never-block list, and what can be done about them, for the tests of the page. */

import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { Allowed, Block, NeverBlock } from '#model/responder.ts';
import { type ShownScan, VerbError, type Verbs } from '#model/verbs.ts';
import { HOSTILE } from './fake-data.ts';
import { makeScans } from './fake-scans.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const block = (spec: Pick<Block, 'id' | 'target' | 'reason' | 'sinceMs' | 'untilMs'> & Partial<Block>): Block => ({
  kind: 'drop',
  state: 'active',
  by: 'telltale',
  alert: '',
  rule: '',
  endedMs: 0,
  endedWhy: '',
  times: 1,
  port: 0,
  mode: '',
  done: { nftables: { state: 'active', undo: {} } },
  ...spec,
});

function makeBlocks(nowMs: number): Block[] {
  const alert = '0193a4f0-7777-7000-8000-000000000001';
  return [
    block({
      id: 'b1',
      target: '198.51.100.7',
      reason: 'SYN scan (nmap -sS) from 198.51.100.7: 5 of 5 ports closed',
      alert,
      rule: 'port-scan',
      sinceMs: nowMs - 38 * SECOND_MS,
      untilMs: nowMs + 2 * HOUR_MS - 38 * SECOND_MS,
      times: 2,
    }),
    block({
      id: 'b2',
      target: '203.0.113.0/28',
      by: 'marta (uid 1000)',
      reason: `guesses passwords ${HOSTILE}`,
      sinceMs: nowMs - 50 * MINUTE_MS,
      untilMs: nowMs + 10 * MINUTE_MS,
    }),
    block({
      id: 'b3',
      target: '198.51.100.44',
      kind: 'rate-limit',
      reason: 'UDP scan (nmap -sU) from 198.51.100.44',
      sinceMs: nowMs - 4 * HOUR_MS,
      untilMs: nowMs - 3 * HOUR_MS,
      state: 'undone',
      endedMs: nowMs - 3 * HOUR_MS,
      endedWhy: 'expired',
    }),
  ];
}

const neverBlocked: readonly NeverBlock[] = [
  { prefix: '127.0.0.0/8', why: 'loopback', hard: true },
  { prefix: '192.0.2.17', why: 'an address of this host (eth0)', hard: true },
  { prefix: '192.0.2.1', why: 'gateway of eth0', hard: true },
  { prefix: '192.0.2.53', why: 'name server of /etc/resolv.conf', hard: true },
  { prefix: '198.51.100.2', why: 'marta is logged in from there over SSH', hard: false },
  { prefix: '192.0.2.123', why: 'time server of /etc/chrony/chrony.conf', hard: false },
];

/** Answers of the made-up desk to the verbs of scans and blocks. */
export interface FakeAnswers {
  mode: Verbs['blocks']['result']['mode'];
  readonly scans: ShownScan[];
  readonly blocks: Block[];
  readonly allowed: Allowed[];
  readonly answers: { readonly [V in AnswerVerb]: (args: Verbs[V]['args']) => Verbs[V]['result'] };
}

type AnswerVerb = 'scans' | 'blocks' | 'blocks.never' | 'block' | 'unblock' | 'allow' | 'block.try';

/** Makes them; refusals are worded as those of the engine. */
export function makeAnswers(nowMs: number): FakeAnswers {
  const fake: FakeAnswers = {
    mode: 'on',
    scans: makeScans(nowMs),
    blocks: makeBlocks(nowMs),
    allowed: [
      {
        prefix: '192.0.2.128/26',
        by: 'marta (uid 1000)',
        reason: 'our own scanner, ticket 4412',
        atMs: nowMs - 30 * HOUR_MS,
        untilMs: 0,
      },
    ],
    answers: {
      scans: () => ({
        watching: true,
        gaps: [],
        scans: fake.scans.map((one) => {
          const stands = standing().find(({ target }) => target === one.alert.finding.source?.ip);
          return stands === undefined ? one : { ...one, block: stands };
        }),
      }),
      blocks: () => ({ mode: fake.mode, watching: true, cap: 1000, blocks: fake.blocks, allowed: fake.allowed }),
      'blocks.never': () => ({ never: neverBlocked, allowed: fake.allowed }),
      block: ({ target, untilMs, reason }) => {
        const { text } = read('block', target);
        const never = neverBlocked.find(({ prefix }) => prefix === text);
        if (never !== undefined) {
          const next = never.hard ? 'See: telltale blocks --never' : 'If you are sure: add --force';
          const words = `Cannot block "${target}": it is on the never-block list (${never.why}). ${next}`;
          throw new VerbError('NEVER', words);
        }
        const until = untilMs === 0 ? nowMs + HOUR_MS : untilMs;
        const put = block({
          id: `b${fake.blocks.length + 1}`,
          target: text,
          by: 'web',
          reason,
          sinceMs: nowMs,
          untilMs: until,
        });
        fake.blocks.push(put);
        return { block: put, ended: [], watching: true };
      },
      unblock: ({ target, reason }) => {
        const { text } = read('unblock', target);
        const ended = standing().filter((one) => one.target === text);
        if (ended.length === 0)
          throw new VerbError('NOT_FOUND', `Cannot unblock "${text}": it is not blocked. See: telltale blocks`);
        for (const [index, one] of fake.blocks.entries())
          if (ended.includes(one))
            fake.blocks[index] = { ...one, state: 'undone', endedMs: nowMs, endedWhy: `unblocked by web: ${reason}` };
        return { ended, graceUntilMs: nowMs + 10 * MINUTE_MS };
      },
      allow: ({ target, untilMs, reason, end }) => {
        const { text } = read('allow', target);
        const entry = { prefix: text, by: 'web', reason, atMs: nowMs, untilMs };
        if (!end) fake.allowed.push(entry);
        else fake.allowed.splice(0, fake.allowed.length, ...fake.allowed.filter(({ prefix }) => prefix !== text));
        return { allowed: [entry], ended: [], stillIn: [] };
      },
      'block.try': ({ sinceMs }) => tried(nowMs, sinceMs, fake.mode),
    },
  };
  const standing = (): Block[] => fake.blocks.filter(({ endedMs }) => endedMs === 0);
  return fake;
}

function read(verb: string, typed: string): { readonly text: string } {
  const prefix = parsePrefix(typed.trim());
  if (isPrefix(prefix)) return prefix;
  const words = `Cannot ${verb} "${typed}": it ${prefix.wrong}. Write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/64`;
  throw new VerbError('USAGE', words);
}

function tried(nowMs: number, sinceMs: number, mode: FakeAnswers['mode']): Verbs['block.try']['result'] {
  const scans = makeScans(nowMs).filter(({ alert }) => alert.firstMs >= sinceMs);
  const of = (n: number) => scans.filter(({ alert }) => alert.id.endsWith(`00${n}`));
  return {
    mode,
    alerts: scans.length,
    would: [...of(1), ...of(3), ...of(7)].map((one) => ({
      alert: one.alert.id,
      title: one.alert.finding.title,
      timeMs: one.alert.firstMs,
      target: one.alert.finding.source?.ip ?? '',
      kind: one.alert.finding.facts['verdict'] === 'confirmed' ? 'drop' : 'rate-limit',
      untilMs: one.alert.firstMs + HOUR_MS,
    })),
    spared: of(2).map(({ alert }) => ({
      alert: alert.id,
      title: alert.finding.title,
      timeMs: alert.firstMs,
      target: '203.0.113.80',
      why: 'allowed by marta: our own scanner',
    })),
  };
}
