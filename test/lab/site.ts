/** The real program in a network namespace, with a settings file and a state directory of its own. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeNetns, type Netns } from './netns.ts';
import { makeTemp } from './temp.ts';

/** The program under test. */
export const telltale = resolve(import.meta.dirname, '../../bin/telltale');

/** The part of a line of the alert file that tests read. */
export interface Line {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly state: string;
  readonly update?: boolean;
  readonly explainedBy?: string;
  readonly facts: { readonly port?: number };
}

/**
 * No package owns the Node that tests run, and the clone, and with it that Node, may lie below /tmp; people edit the clone
 * while tests run: those rules have tests of their own.
 */
const OF_OUR_NODE = new Set([
  'executable-in-open-place',
  'program-in-open-place',
  'unknown-program',
  'own-program-changed',
]);

/** Waits for something to become true, up to a limit that is an error. */
export async function until<T>(what: string, probe: () => T | undefined | false, limitMs = 20_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Waited ${limitMs} ms in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A place with a namespace, a folder and a settings file; disposing of it ends what was started. */
export async function makeSite() {
  const stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTemp());
  const net = stack.use(await makeNetns());
  const config = join(temp.path, 'telltale.yaml');
  const alertFile = join(temp.path, 'alerts.jsonl');
  writeFileSync(
    config,
    `web: { listen: none }\nwatch: { namespaces: own }\nnotifiers:\n  - { type: file, path: ${alertFile} }\n`,
  );
  const site = {
    net,
    temp: temp.path,
    config,
    stateDir: join(temp.path, 'state'),
    alerts: (): Line[] =>
      existsSync(alertFile)
        ? readFileSync(alertFile, 'utf8')
            .trim()
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Line)
            .filter((line) => !OF_OUR_NODE.has(line.rule))
        : [],
    run: (...args: string[]) => net.run(telltale, [...args, '--state-dir', site.stateDir], { NO_COLOR: '1' }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return site;
}

export type Site = Awaited<ReturnType<typeof makeSite>>;

/** Starts the daemon of a site and waits for its ready file. */
export async function startDaemon(
  site: Site,
  name = 'ready',
  extra: readonly string[] = [],
): Promise<{ child: ChildProcess; ready: Record<string, unknown> & { pid: number; socket: string } }> {
  const readyFile = join(site.temp, name);
  const child = site.net.spawn(telltale, [
    'daemon',
    '--config',
    site.config,
    '--state-dir',
    site.stateDir,
    '--ready-file',
    readyFile,
    ...extra,
  ]);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the ready file', () => {
    if (child.exitCode !== null) throw new Error(`The daemon ended with ${child.exitCode}: ${said}`);
    return existsSync(readyFile) && readFileSync(readyFile, 'utf8').startsWith('{');
  });
  return { child, ready: JSON.parse(readFileSync(readyFile, 'utf8')) as never };
}

/** Ends a daemon and gives its exit code. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}

/** A packaged program in the namespace that listens on a port: our own Node may lie below /tmp, which is news itself. */
export function listenOn(net: Netns, port: number, address = '0.0.0.0'): ChildProcess {
  const script = `socket(S,AF_INET,SOCK_STREAM,0)||die; bind(S,sockaddr_in(${port},inet_aton("${address}")))||die; listen(S,5)||die; sleep 600`;
  return net.spawn('/usr/bin/perl', ['-MSocket=:all', '-e', script]);
}
