/** The table of scans that go on now. A row comes when a scan is told and goes when nothing came for a while. */

import { defineTable, type RowOf } from '#model/table.ts';

const columns = {
  namespace: ['text', 'Network namespace, "host" for the first', 'identity'],
  form: ['text', 'scan, decoys, distributed, flood, return, login or outbound', 'identity'],
  source: ['text', 'Address, IPv6 /64, network of the group, or program that scans', 'identity'],
  kind: ['text', 'Technique in short: syn, connect, fin, udp, os, version, sweep …'],
  words: ['text', 'Technique in words'],
  option: ['text', 'Option of nmap that makes it, "" where there is none'],
  also: ['list', 'Other techniques of the same source, in words'],
  addresses: ['list', 'Addresses it came from, at most 32'],
  name: ['text', 'Name that its network gives it: a claim; "" where none is known'],
  network: ['text', 'Its network, and of which special use it is, as "10.0.0.0/24 (private)"'],
  operator: ['text', 'Who runs that network, by a database of yours (scans.databases)'],
  country: ['text', 'Country, likewise'],
  targets: ['list', 'Our addresses that it tried, or hosts that we scan; at most 32'],
  tried: ['int', 'Different ports (protocols, types) tried'],
  closed: ['int', 'Of these, closed: we said so'],
  open: ['int', 'Of these, open: they answered'],
  silent: ['int', 'Of these, without any answer'],
  ports: ['text', 'Ports tried, as "22-25,80", cut after 40 parts'],
  learned: ['list', 'Ports that answered: what the scanner knows now; at most 64'],
  trapped: ['list', 'Traps of ours that answered: the scanner takes them for open ports; at most 64'],
  probes: ['int', 'Packets'],
  unseen: ['int', 'Packets lost while it went on: it may have tried more'],
  score: ['text', 'Why it is a scan, as "17 of 18 ports closed"'],
  verdict: ['text', 'How sure the sender is: confirmed, alive, unconfirmed, silent, forged or decoys'],
  blockable: ['bool', 'Whether blocking it can only hit the one who did it'],
  connected: ['int', 'Connections that it made to open ports by ordinary means'],
  likely: ['text', 'Among decoys: the one that is real, as far as can be told'],
  ttl: ['text', 'Time to live of its packets, least and most'],
  firstMs: ['time', 'First probe'],
  lastMs: ['time', 'Last probe'],
  firstHeader: ['text', 'First probe from its IP header on, hexadecimal'],
  lastHeader: ['text', 'Last probe, likewise'],
  exe: ['text', 'Outbound: executable of the program that scans'],
  comm: ['text', 'Outbound: the name that it gives itself'],
  cmdline: ['text', 'Outbound: its command line'],
  scannerPid: ['int', 'Outbound: its process id'],
  user: ['text', 'Outbound: its user; login: who is logged in'],
  uid: ['int', 'Outbound: the number of its user'],
  parents: ['list', 'Outbound: its parents, nearest first'],
  unit: ['text', 'Outbound: systemd unit'],
  session: ['text', 'Outbound: login session'],
  startedMs: ['time', 'Outbound: when the program started'],
} as const;

/** Scans, identified by who scans; what they do moves while they go on. */
export const scans = defineTable({
  name: 'scans',
  doc: 'Port scans and other probes against this host, and from it, that go on now.',
  slot: ['namespace', 'form', 'source'],
  columns,
});

export type ScanRow = RowOf<typeof columns>;
