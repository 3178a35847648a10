/** A watch over a made-up table of doors, for tests of the engine. */

import type { Alert } from '#model/finding.ts';
import type { Host } from '#model/host.ts';
import type { Channel, Notice, Notifier, Words } from '#model/notifier.ts';
import { defineRule, defineSensor, type Gap, type Listener, type Rule, type SensorEvent } from '#model/sensor.ts';
import type { ChannelSettings } from '#model/settings.ts';
import { defineTable } from '#model/table.ts';

/** Doors: port and program are who it is, the state of the program is compared, the pid is a detail. */
export const doors = defineTable({
  name: 'doors',
  doc: 'Made-up listeners.',
  slot: ['port'],
  columns: {
    port: ['int', 'Port', 'identity'],
    exe: ['text', 'Program', 'identity'],
    state: ['text', 'State of the program', 'compared'],
    pid: ['int', 'Process'],
    held: ['bool', 'Wants a hold'],
    file: ['text', 'File in which it is written down, or ""'],
    deed: ['text', 'Name of the deed that opened it, or ""'],
    part: ['bool', 'It is told as a part of what is told of its file'],
  },
});
export type Door = NonNullable<(typeof doors)['row']>;

export function door(port: number, more: Partial<Door> = {}): Door {
  return {
    port,
    exe: '/usr/bin/nc',
    state: 'present',
    pid: 1000 + port,
    held: false,
    file: '',
    deed: '',
    part: false,
    ...more,
  };
}

const who = (row: Door): NonNullable<Alert['finding']['who']> => ({
  pid: row.pid,
  exe: row.exe,
  comm: 'nc',
  cmdline: 'nc -l',
  user: 'root',
  uid: 0,
  parents: [],
  unit: '',
  package: '',
  session: '',
  startedMs: 0,
});

const words = { why: 'because', next: 'look', attack: [], samples: [] };
const facts = (row: Door): { port: number; file?: string } => ({
  port: row.port,
  ...(row.file !== '' && { file: row.file }),
});

/** Of this door `taken-door` tells, and not `new-door`. */
export const takenDoor = 7070;

/** That this door closed is told by no rule. */
export const silentDoor = 7171;

/** New, short-lived, gone, changed hands and deleted: each as small as can be. */
export const doorRules: readonly Rule[] = [
  defineRule<Door>({
    ...words,
    id: 'new-door',
    doc: 'A door opened.',
    on: 'doors',
    table: doors,
    types: ['added'],
    judge({ change, known, learning, replaced, peers }) {
      if (change.type !== 'added' || known || learning || change.after.port === takenDoor) return undefined;
      const row = change.after;
      const of = replaced === undefined ? '' : `, which was ${replaced.exe}'s`;
      const beside = peers.length === 0 ? '' : `, beside ${peers.length}`;
      return {
        ...words,
        severity: row.port < 1024 ? 'high' : 'medium',
        subject: `${row.port} ${row.exe}`,
        title: `${row.exe} opened ${row.port}${of}${beside}`,
        facts: facts(row),
        who: who(row),
        ...(row.deed !== '' && { deed: row.deed }),
        ...(row.part && { folds: row.file }),
      };
    },
  }),
  defineRule<Door>({
    ...words,
    id: 'taken-door',
    doc: 'A door that another program is expected behind.',
    on: 'doors',
    table: doors,
    types: ['added'],
    judge({ change, touched }) {
      if (change.type !== 'added' || change.after.port !== takenDoor) return undefined;
      const row = change.after;
      return {
        ...words,
        severity: 'high',
        subject: `${row.port} ${row.exe}`,
        title: `${row.exe} took ${row.port}`,
        facts: facts(row),
        who: who(row),
        ...(touched === true && row.file !== '' && { folds: row.file }),
      };
    },
  }),
  defineRule<Door>({
    ...words,
    id: 'short-door',
    doc: 'A door stood for a moment.',
    on: 'doors',
    table: doors,
    types: ['removed'],
    judge({ change }) {
      if (change.type !== 'removed' || change.livedMs === undefined || change.livedMs > 60_000) return undefined;
      const row = change.before;
      return {
        ...words,
        severity: 'medium',
        subject: `${row.port} ${row.exe}`,
        title: `${row.exe} opened ${row.port} for ${change.livedMs} ms`,
        facts: { livedMs: change.livedMs },
        continues: ['new-door', 'taken-door'],
        over: true,
      };
    },
  }),
  defineRule<Door>({
    ...words,
    id: 'door-gone',
    doc: 'A known door closed.',
    on: 'doors',
    table: doors,
    types: ['removed'],
    holdMs: (row) => (row.held ? 30_000 : 0),
    judge({ change, known }) {
      if (change.type !== 'removed' || !known || change.before.port === silentDoor) return undefined;
      const row = change.before;
      return { ...words, severity: 'low', subject: `${row.port}`, title: `${row.port} closed`, facts: facts(row) };
    },
  }),
  defineRule<Door>({
    ...words,
    id: 'deleted-door',
    doc: 'The program is deleted.',
    on: 'doors',
    table: doors,
    types: ['added', 'changed'],
    judge({ change }) {
      if (change.type === 'removed' || change.after.state !== 'deleted') return undefined;
      const row = change.after;
      return {
        ...words,
        severity: 'high',
        subject: `${row.port} ${row.exe}`,
        title: `${row.exe} is deleted`,
        facts: facts(row),
        who: who(row),
        dangerous: true,
      };
    },
  }),
];

/** A queue of batches that a test fills. */
export class Stream implements AsyncIterable<readonly SensorEvent[]> {
  #waiting: (() => void) | undefined;
  #queue: (readonly SensorEvent[])[] = [];
  #ended = false;

  push(...events: SensorEvent[]): void {
    this.#queue.push(events);
    this.#waiting?.();
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly SensorEvent[]> {
    while (!this.#ended) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }
}

/** The made-up machine: what stands, what is blind, and what a channel was told. */
export class Scene {
  rows: Door[] = [];
  gaps: Gap[] = [];
  looks = 0;
  lost = 0;
  /** A first walk that is not finished. */
  partial = false;
  /** What events told of a door while the table was being learned. */
  news: (row: Door) => 'new' | 'changed' | undefined = () => undefined;
  fail: Error | undefined;
  readonly stream = new Stream();
  readonly sensor = defineSensor<Door>({
    name: 'doors',
    doc: 'Looks at made-up doors.',
    everyMs: 10_000,
    table: doors,
    look: () => {
      this.looks += 1;
      if (this.fail !== undefined) return Promise.reject(this.fail);
      const partial = this.partial && { partial: true as const };
      return Promise.resolve({
        rows: [...this.rows],
        gaps: [...this.gaps],
        by: 'made up',
        news: this.news,
        ...partial,
      });
    },
  });
  readonly listener: Listener = {
    name: 'door-events',
    doc: 'Hears of made-up doors.',
    table: 'doors',
    listen: (_host, signal) => {
      signal.addEventListener('abort', () => this.stream.end(), { once: true });
      return Promise.resolve({
        events: this.stream,
        lost: () => this.lost,
        by: 'made-up events',
        gaps: [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  };

  appear(row: Door, timeMs: number): void {
    this.stream.push({ timeMs, kind: 'appeared', table: 'doors', row });
  }

  disappear(row: Door, timeMs: number): void {
    this.stream.push({ timeMs, kind: 'disappeared', table: 'doors', row });
  }
}

/** A channel that writes down what it is told, and fails when it is told to. */
export class FakeChannel {
  readonly told: Notice[] = [];
  failing = '';
  /** How long it takes to tell, by the clock of the host it is told by; and what it says of its own patience. */
  takesMs = 0;
  patienceMs: number | undefined;
  readonly settings: ChannelSettings;
  readonly notifier: Notifier;

  constructor(name: string, kind: Notifier['kind'], more: Partial<ChannelSettings> = {}) {
    this.settings = { type: 'fake', name, minSeverity: 'medium', maxPerHour: 20, own: {}, ...more };
    const open = (host: Host): Channel => ({
      ...(this.patienceMs !== undefined && { patienceMs: this.patienceMs }),
      send: async (notice, signal) => {
        if (this.failing !== '') throw new Error(this.failing);
        if (this.takesMs > 0) await host.clock.sleep(this.takesMs, signal);
        signal.throwIfAborted();
        this.told.push(notice);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
    this.notifier = {
      name: 'fake',
      doc: 'Writes down what it is told.',
      kind,
      settings: {} as Notifier['settings'],
      secrets: [],
      open: ({ host }) => Promise.resolve(open(host)),
    };
  }
}

/** Words are the views' business; tests of the engine look at the notices. */
export const plainWords: Words = {
  subject: ({ incident }) => incident.title,
  text: ({ incident }) => incident.title,
  html: ({ incident }) => incident.title,
  json: ({ alert }) => JSON.stringify(alert),
};
