/** A letter to whoever runs the network that an attack came from: what happened, when, and the proof. A person sends it. */

import { harmless, visible } from '#lib/escape.ts';
import type { Alert } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';

/** Facts that are told, in this order; the rest is ours. */
const EVIDENCE: readonly (readonly [fact: string, words: string])[] = [
  ['network', 'Network'],
  ['operator', 'Run by'],
  ['reverseName', 'Reverse name'],
  ['kind', 'Technique'],
  ['targets', 'Addresses tried'],
  ['ports', 'Ports tried'],
  ['probes', 'Packets'],
  ['score', 'Judgement'],
  ['ttl', 'Time to live of the packets'],
  ['firstHeader', 'First packet, from its IP header on, hexadecimal'],
  ['lastHeader', 'Last packet, likewise'],
];

/** The text, ready to be read, shortened and sent by a person. Undefined where no address can be named. */
export function abuseReport(alert: Alert, more: { readonly nowMs: number }): string | undefined {
  const { finding, host, firstMs, lastMs } = alert;
  const { source, facts } = finding;
  if (source === undefined) return undefined;
  const from = visible(source.ip);
  const began = typeof facts['firstMs'] === 'number' ? facts['firstMs'] : firstMs;
  const ended = typeof facts['lastMs'] === 'number' ? facts['lastMs'] : (alert.closedMs ?? lastMs);
  const rows = EVIDENCE.flatMap(([name, words]) => {
    const value = cellWords(facts[name]);
    return value === '' ? [] : [`${words}: ${value}`];
  });
  return [
    `Subject: Abuse from ${from}: ${harmless(finding.title).slice(0, 120)}`,
    '',
    'Hello,',
    '',
    `from the address ${from}, which belongs to your network, our host was attacked. Please look into the machine behind it`,
    'and tell us what you found. It may have been broken into itself.',
    '',
    `What: ${harmless(finding.title)}`,
    `From: ${from}${source.port === undefined ? '' : ` port ${source.port}`}`,
    `Began: ${utc(began)}`,
    `Last seen: ${utc(ended)}`,
    ...rows,
    '',
    'All times are UTC.',
    `Our reference: ${alert.id} on ${visible(host)}; written ${utc(more.nowMs)}`,
    '',
  ].join('\n');
}

/** What a person should know before sending it; "" where nothing speaks against it. */
export function abuseDoubt({ finding }: Alert): string {
  const { confirmed, decoy, network } = finding.facts;
  const special = typeof network === 'string' ? /\((.+)\)$/.exec(network)?.[1] : undefined;
  if (special !== undefined)
    return `Addresses of this network (${visible(special)}) belong to nobody on the Internet: look for the machine in your own network.`;
  if (decoy === true) return 'Of these senders only one is real: do not report the others.';
  return confirmed === true
    ? ''
    : 'This address may be forged: nobody completed a connection from there. Reporting it may accuse the innocent.';
}

function cellWords(value: Cell | undefined): string {
  if (value === undefined || value === '') return '';
  return visible(Array.isArray(value) ? value.join(', ') : String(value)).slice(0, 2_000);
}

function utc(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}
