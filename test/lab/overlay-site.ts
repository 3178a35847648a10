/** The real program on a machine to break: the daemon under an overlay of the root file system, with its alerts. */

import type { ChildProcess } from 'node:child_process';
import { makeOverlay, type Overlay } from './overlay.ts';
import { telltale } from './site.ts';

/** The part of a line of the alert file that tests read. */
export interface OverlayLine {
  readonly rule: string;
  readonly title: string;
  readonly severity: string;
  readonly state: string;
  readonly update?: boolean;
  readonly explainedBy?: string;
  readonly time: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly who?: { readonly comm: string; readonly pid: number };
}

export interface OverlaySite extends AsyncDisposable {
  readonly overlay: Overlay;
  readonly daemon: ChildProcess;
  /** Lines of the alert file so far. */
  alerts(): Promise<readonly OverlayLine[]>;
  /** Waits for lines that fit, up to two minutes; throws with what was told instead. */
  told(what: string, fits: (line: OverlayLine) => boolean): Promise<readonly OverlayLine[]>;
  run(...args: string[]): ReturnType<Overlay['run']>;
}

const DIR = '/root/telltale-test';

/** Starts the daemon after `before` (lines of sh) and waits until it has taken its first look. */
export async function makeOverlaySite(before = ''): Promise<OverlaySite> {
  await using stack = new AsyncDisposableStack();
  const overlay = stack.use(await makeOverlay());
  const config = `web: { listen: none }\nwatch: { namespaces: own }\nnotifiers:\n  - { type: file, path: ${DIR}/alerts.jsonl }\n`;
  await overlay.sh(`mkdir -p ${DIR}; printf '%s' '${config}' > ${DIR}/config.yaml\n${before}`);
  const where = ['--config', `${DIR}/config.yaml`, '--state-dir', `${DIR}/state`];
  const daemon = overlay.spawn(telltale, ['daemon', ...where, '--ready-file', `${DIR}/ready`]);
  let said = '';
  for (const stream of [daemon.stdout, daemon.stderr])
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await wait('the ready file', async () => {
    if (daemon.exitCode !== null) throw new Error(`The daemon ended with ${daemon.exitCode}: ${said}`);
    return (await overlay.run('/usr/bin/test', ['-s', `${DIR}/ready`])).code === 0;
  });
  const alerts = async (): Promise<readonly OverlayLine[]> => {
    const { stdout } = await overlay.run('/bin/cat', [`${DIR}/alerts.jsonl`]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as OverlayLine);
  };
  const owned = stack.move();
  return {
    overlay,
    daemon,
    alerts,
    async told(what, fits) {
      let found: readonly OverlayLine[] = [];
      let all: readonly OverlayLine[] = [];
      await wait(what, async () => {
        all = await alerts();
        found = all.filter(fits);
        return found.length > 0;
      }).catch((error: unknown) => {
        const titles = all.map(({ rule, title }) => `${rule}: ${title}`).join('\n');
        throw new Error(`${String(error)}; told was:\n${titles}\n${said}`, { cause: error });
      });
      return found;
    },
    run: (...args) => overlay.run(telltale, [...args, '--state-dir', `${DIR}/state`], { NO_COLOR: '1' }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function wait(what: string, probe: () => Promise<boolean>, limitMs = 120_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await probe()); ) {
    if (Date.now() > end) throw new Error(`Waited ${limitMs} ms in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
