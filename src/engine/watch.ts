/** Puts the engine together: arms the listeners, looks, takes in what was heard meanwhile, and from then on watches. */

import { blindOf, distinctGaps, type Gap } from '#model/gap.ts';
import type { ChannelState } from '#model/store.ts';
import type { Row } from '#model/table.ts';
import { type Asker, type Desk, type Pushed, type SensorStatus, VerbError } from '#model/verbs.ts';
import { Answers } from './answers.ts';
import { ChannelLoop } from './channel-loop.ts';
import { deliverAlerts } from './deliver-alerts.ts';
import { IncidentDelivery } from './deliver-incidents.ts';
import { makeDesk } from './desk.ts';
import { Housekeeping } from './housekeeping.ts';
import { Ledger } from './ledger.ts';
import { Ear } from './listening.ts';
import { Losses } from './losses.ts';
import type { AnswerParts } from './responding.ts';
import type { Running } from './running.ts';
import { SelfKeeping } from './self-keeping.ts';
import { endTrouble, raiseTrouble, raiseUpgrade } from './self-watch.ts';
import { SensorWatch } from './sensor-watch.ts';
import type { Watch, WatchParts } from './watch-parts.ts';

export type { Watch, WatchParts } from './watch-parts.ts';

/** Tries of the first look before a sensor is known to be blind and the watch goes on without it. */
const firstTries = 3;
/** Time that channels get at the end to tell what is left. */
const farewellMs = 2_000;

/** Makes the watch; it does nothing until it is started or asked. The store belongs to the caller. */
export function createWatch(parts: WatchParts): Watch {
  return new TheWatch(parts);
}

class TheWatch implements Watch {
  readonly #running: Running;
  readonly #keeping: SelfKeeping;
  readonly #stop = new AbortController();
  readonly #loops: Promise<unknown>[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #disposed = false;
  #failed = false;

  constructor(parts: WatchParts) {
    const ledger = new Ledger(parts);
    const seen = Map.groupBy(parts.store.seen(), (row) => row.table);
    const sensors = parts.sensors.map((sensor) => new SensorWatch(ledger, sensor, seen.get(sensor.table.name) ?? []));
    const losses = new Losses(ledger);
    const ears = parts.listeners.flatMap((listener) => {
      const watch = sensors.find((sensor) => sensor.sensor.table.name === listener.table);
      return watch === undefined ? [] : [new Ear(ledger, listener, watch, losses)];
    });
    const channels = openChannels(ledger);
    const rowOf = (table: string, key: string): Row | undefined =>
      sensors.find((watch) => watch.sensor.table.name === table)?.state.seen.get(key)?.row;
    const answers = new Answers(ledger, parts.answers ?? noAnswers, rowOf);
    this.#running = {
      ledger,
      sensors,
      channels,
      ears,
      losses,
      answers,
      startedMs: 0,
      web: '',
      signal: this.#stop.signal,
    };
    this.#keeping = new SelfKeeping(ledger);
    this.#ended.promise.catch(() => undefined);
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async start(signal: AbortSignal): Promise<{ sensors: readonly SensorStatus[]; blind: readonly Gap[] }> {
    const { ledger, sensors, channels, ears, answers } = this.#running;
    if (this.#running.startedMs !== 0) throw new VerbError('STARTED', 'Cannot start the watch: it runs already');
    this.#running.startedMs = ledger.parts.host.clock.nowMs();
    const end = (): void => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.#tellStart();
    await answers.start(this.#stop.signal);
    this.#loop(answers.run(this.#stop.signal));
    await Promise.all(ears.map((ear) => ear.arm(this.#stop.signal)));
    for (const ear of ears) this.#loop(ear.run(this.#stop.signal));
    for (const channel of channels) this.#loop(channel.run(this.#stop.signal));
    await ledger.lessons.together(() => Promise.all(sensors.map((sensor) => this.#firstLook(sensor))));
    for (const ear of ears) ear.release();
    this.#tellUpgrade();
    for (const sensor of sensors) this.#loop(sensor.run(this.#stop.signal));
    this.#loop(new Housekeeping(this.#running, this.#keeping).run(this.#stop.signal));
    await ledger.settled();
    const statuses = sensors.map((sensor) => sensor.status());
    return { sensors: statuses, blind: distinctGaps(statuses.flatMap((status) => blindOf(status.gaps))) };
  }

  desk(asker: Asker): Desk {
    return makeDesk(this.#running, asker);
  }

  follow(onPushed: (pushed: Pushed) => void): () => void {
    return this.#running.ledger.follow(onPushed);
  }

  report({ rule, subject, title }: Parameters<Watch['report']>[0]): void {
    const { ledger } = this.#running;
    const turn = ledger.turn();
    if (title === '') endTrouble(ledger, { rule, subject, words: 'it works again' }, turn);
    else raiseTrouble(ledger, { rule, subject, title }, turn);
    if (turn.records.length > 0) void ledger.commit(turn);
  }

  webAt(address: string): void {
    this.#running.web = address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const { ledger, startedMs, channels } = this.#running;
    this.#stop.abort();
    await Promise.allSettled(this.#loops);
    await this.#running.answers.stop();
    if (startedMs !== 0 && ledger.store.mode === 'write') await this.#farewell();
    for (const channel of channels) await channel.finish(AbortSignal.abort());
    this.#ended.resolve();
  }

  /** The stop is recorded and what waits is written: the next start must not think that we were killed. */
  async #farewell(): Promise<void> {
    const { ledger, channels } = this.#running;
    const turn = ledger.turn();
    ledger.alerts.settleAll(turn);
    ledger.settleCounts(turn);
    const words = `Telltale ${ledger.parts.version} stopped`;
    // A watch that an error of ours ended was not stopped by anybody: its next start tells of it.
    if (!this.#failed) turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'stop', by: 'telltale', words } });
    const written = ledger.commit(turn);
    // Reading writes what waits for its group.
    ledger.store.outboxRange();
    await written;
    this.#keeping.note();
    const stop = new AbortController();
    const over = new AbortController();
    const patience = ledger.parts.host.clock.sleep(farewellMs, over.signal).then(() => stop.abort());
    await Promise.allSettled(channels.map((channel) => channel.finish(stop.signal)));
    over.abort();
    await patience;
  }

  #tellStart(): void {
    const { ledger } = this.#running;
    const { store, host, version } = ledger.parts;
    const turn = ledger.turn();
    const before = store.lastLife();
    if (before?.what === 'start') {
      const rebooted = host.clock.bootMs() > before.lastRecordMs;
      const title = rebooted
        ? 'This host went down without stopping the watch'
        : 'The watch was killed: it was not stopped properly before this start';
      const facts = { startedMs: before.timeMs, lastRecordMs: before.lastRecordMs, rebooted };
      const severity = rebooted ? ('low' as const) : undefined;
      raiseTrouble(
        ledger,
        { rule: 'watch-killed', subject: 'telltale', title, facts, over: true, ...(severity && { severity }) },
        turn,
      );
    }
    this.#keeping.begin(before?.lastRecordMs ?? 0, turn);
    const words = `Telltale ${version} started`;
    turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'start', by: 'telltale', words } });
    void ledger.commit(turn);
  }

  /** Where what is compared of our program has told of it, that is the line about it. */
  #tellUpgrade(): void {
    const { ledger } = this.#running;
    const { upgrade, alerts } = ledger;
    const { host, version, build = '' } = ledger.parts;
    const turn = ledger.turn();
    upgrade.note(turn);
    const { program } = host.home ?? { program: '' };
    const told = program !== '' && Array.from(alerts.open()).some(({ finding }) => finding.facts['path'] === program);
    if (upgrade.from !== undefined && !told) raiseUpgrade(ledger, { from: upgrade.from, version, build }, turn);
    if (turn.records.length > 0) void ledger.commit(turn);
  }

  async #firstLook(sensor: SensorWatch): Promise<void> {
    for (let tries = 1; tries <= firstTries && !this.#stop.signal.aborted; tries += 1) {
      try {
        await sensor.look(this.#stop.signal);
        return;
      } catch {
        // Told as an alert by the sensor's watch, and its status says that it is blind.
        if (tries < firstTries) await this.#running.ledger.parts.host.clock.sleep(500, this.#stop.signal);
      }
    }
  }

  /** An error in a loop is one of ours: the watch ends rather than going on half dead. */
  #loop(loop: Promise<void>): void {
    this.#loops.push(loop);
    loop.catch((error: unknown) => {
      this.#failed = true;
      this.#ended.reject(error instanceof Error ? error : new Error(String(error)));
      this.#stop.abort(error);
    });
  }
}

/** Nothing is answered, and nothing can be blocked by hand either. */
const noAnswers: AnswerParts = {
  settings: {
    mode: 'off',
    responders: [],
    forMs: 3_600_000,
    grow: 2,
    longestMs: 604_800_000,
    cap: 1_000,
    never: [],
    neverFiles: [],
    unconfirmed: 'never',
    rules: [],
    graceMs: 0,
    keep: false,
  },
  ways: [],
  neverBlock: () => Promise.resolve([]),
};

function openChannels(ledger: Ledger): ChannelLoop[] {
  const stored = new Map(ledger.store.channels().map((state) => [state.name, state]));
  const nowMs = (): number => ledger.parts.host.clock.nowMs();
  return ledger.parts.channels.map((at) => {
    const { name } = at.settings;
    const fresh: ChannelState = {
      name,
      cursor: ledger.outbox.readySeq,
      deliveredMs: 0,
      told: {},
      sentMs: [],
      suppressed: 0,
    };
    const state = stored.get(name) ?? fresh;
    const delivery =
      at.notifier.kind === 'alerts'
        ? deliverAlerts(ledger.outbox, state, nowMs)
        : new IncidentDelivery(ledger.outbox, state, { settings: at.settings, nowMs });
    return new ChannelLoop(ledger, at, delivery);
  });
}
