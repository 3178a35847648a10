/** The line of the alert file: a contract with programs outside. docs/formats/alert-file.md is made from this. */

import { harmlessJson } from '#lib/escape.ts';
import { severities, type Who } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import { type Fields, type RecordOf, schemaOf } from './alert-field.ts';
import { signOfAlert } from './sign.ts';

const who = {
  pid: { type: 'int', doc: 'Process id when it happened; 0 when it could not be told' },
  exe: { type: 'text', doc: 'Executable, by /proc/PID/exe' },
  comm: { type: 'text', doc: 'Name the process gave itself' },
  cmdline: { type: 'text', doc: 'Command line, arguments joined by spaces' },
  user: { type: 'text', doc: 'User name, the number where there is none' },
  uid: { type: 'int', doc: 'User id; -1 when it could not be told' },
  parents: { type: 'list', doc: 'Nearest parent first, as "name (pid)"; at most eight' },
  unit: { type: 'text', doc: 'systemd unit' },
  package: { type: 'text', doc: 'Package that ships the executable' },
  session: { type: 'text', doc: 'Login session, e.g. "12"' },
  startedMs: { type: 'int', doc: 'When the process started; 0 when it could not be told' },
  asStarted: {
    type: 'bool',
    doc: 'True: the executable is only what was passed to exec, not confirmed',
    optional: true,
  },
} as const satisfies Fields;

/** Every field of a line. Fields are added, never renamed or removed, while `v` is 1. */
export const alertFileFields = {
  v: { type: 'int', doc: 'Version of this format: 1' },
  seq: { type: 'int', doc: 'Number in the outbox; after a crash the same line may come twice, with the same number' },
  id: { type: 'text', doc: 'Identifier of the alert (UUIDv7), as in `telltale show ID`' },
  update: { type: 'bool', doc: 'True when this alert was told before and has changed or closed', optional: true },
  timeMs: { type: 'int', doc: 'When it happened; in an update, when it last happened or closed (epoch milliseconds)' },
  host: { type: 'text', doc: 'Name of the host' },
  rule: { type: 'text', doc: 'Rule that spoke: docs/rules/RULE.md' },
  severity: { type: severities, doc: 'How grave' },
  sign: { type: ['act', 'watch', 'note', 'settled'], doc: 'The sign people see, now' },
  title: { type: 'text', doc: 'What happened, in one sentence' },
  why: { type: 'text', doc: 'Why it matters' },
  next: { type: 'text', doc: 'What to look at next: a command to paste' },
  subject: { type: 'text', doc: 'The stable identity of what it is about; never holds a process id' },
  facts: { type: 'facts', doc: 'What was seen, by name; the rule says which' },
  who: { type: who, doc: 'The process that did it, as far as it could be told; "" means it could not' },
  source: {
    type: {
      ip: { type: 'text', doc: 'Address' },
      port: { type: 'int', doc: 'Port', optional: true },
    },
    doc: 'Remote address that it is about',
    optional: true,
  },
  state: { type: ['open', 'acknowledged', 'accepted', 'muted', 'closed'], doc: 'State of the alert now' },
  count: { type: 'int', doc: 'How often it was seen while open' },
  attack: { type: 'list', doc: 'MITRE ATT&CK techniques' },
  incident: { type: 'text', doc: 'Identifier of the incident: alerts of one cause share it' },
  fingerprint: { type: 'text', doc: 'The same for the same rule and subject on this host, across alerts' },
  firstMs: { type: 'int', doc: 'First seen (epoch milliseconds)' },
  lastMs: { type: 'int', doc: 'Last seen (epoch milliseconds)' },
  closedMs: { type: 'int', doc: 'When it ended', optional: true },
  explainedBy: { type: 'text', doc: 'Why it is no trouble (package run, unit restart, our own hand)', optional: true },
  suppressed: {
    type: 'int',
    doc: 'This many notices before this one were not told here: the channel was at its limit, or down for too long',
    optional: true,
  },
  quieted: {
    type: {
      verb: { type: ['ack', 'accept', 'mute'], doc: 'What was done' },
      by: { type: 'text', doc: 'By whom' },
      atMs: { type: 'int', doc: 'When' },
      reason: { type: 'text', doc: 'Why' },
      untilMs: { type: 'int', doc: 'Until when; 0: until the thing is gone or changes' },
    },
    doc: 'Set when someone silenced it',
    optional: true,
  },
} as const satisfies Fields;

/** A line of the alert file, parsed. */
export type AlertLine = RecordOf<typeof alertFileFields>;

/** The JSON schema of a line: docs/formats/alert-file.schema.json. */
export function alertFileSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Line of the Telltale alert file',
    ...schemaOf(alertFileFields),
  };
}

const UNKNOWN: Who = {
  pid: 0,
  exe: '',
  comm: '',
  cmdline: '',
  user: '',
  uid: -1,
  parents: [],
  unit: '',
  package: '',
  session: '',
  startedMs: 0,
};

/** What a notice says to programs: texts are as they were seen, not escaped. */
function alertLineOf(notice: Notice): AlertLine {
  const { alert, update, seq } = notice;
  const { finding } = alert;
  return {
    v: 1,
    seq,
    id: alert.id,
    ...(update ? { update: true } : {}),
    timeMs: update ? (alert.closedMs ?? alert.lastMs) : alert.firstMs,
    host: alert.host,
    rule: finding.rule,
    severity: finding.severity,
    sign: signOfAlert(alert),
    title: finding.title,
    why: finding.why,
    next: finding.next,
    subject: finding.subject,
    facts: finding.facts,
    who: whoOf(finding.who ?? UNKNOWN),
    ...(finding.source ? { source: finding.source } : {}),
    state: alert.state,
    count: alert.count,
    attack: finding.attack ?? [],
    incident: alert.incident,
    fingerprint: alert.fingerprint,
    firstMs: alert.firstMs,
    lastMs: alert.lastMs,
    ...(alert.closedMs === undefined ? {} : { closedMs: alert.closedMs }),
    ...(alert.explainedBy === undefined ? {} : { explainedBy: alert.explainedBy }),
    ...(notice.suppressed === undefined ? {} : { suppressed: notice.suppressed }),
    ...(alert.quieted ? { quieted: alert.quieted } : {}),
  };
}

/** The line, without its newline; harmless when shown raw in a terminal, and equal to the facts when parsed. */
export function alertFileLine(notice: Notice): string {
  return harmlessJson(alertLineOf(notice));
}

/** Fields in the order of the contract. */
function whoOf(who: Who): AlertLine['who'] {
  return {
    pid: who.pid,
    exe: who.exe,
    comm: who.comm,
    cmdline: who.cmdline,
    user: who.user,
    uid: who.uid,
    parents: who.parents,
    unit: who.unit,
    package: who.package,
    session: who.session,
    startedMs: who.startedMs,
    ...(who.asStarted === undefined ? {} : { asStarted: who.asStarted }),
  };
}
