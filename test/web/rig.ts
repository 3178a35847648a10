/** The real web process with the made-up desk behind it. */

import { ensurePage } from '#web/ensure-page.ts';
import { isNoWeb, launchWeb, type Web, type WebParts } from '#web/launch.ts';
import { type FakeDesk, makeFakeDesk } from './fake-desk.ts';

export interface WebRig extends AsyncDisposable {
  readonly web: Web;
  readonly fake: FakeDesk;
  readonly log: string[];
  readonly own: Set<number>;
  /** A new link that logs in once. */
  link(): Promise<string>;
}

/** Builds the page where needed and starts it on a port of the kernel's choice. */
export async function openWebRig(more: Partial<WebParts> = {}): Promise<WebRig> {
  const page = await ensurePage();
  if (!page.ok) throw new Error(page.why);
  const fake = makeFakeDesk(Date.now());
  const log: string[] = [];
  const own = new Set<number>();
  const web = await launchWeb({
    listen: '127.0.0.1:0',
    clock: { monotonicMs: () => performance.now() },
    hostName: 'web-03',
    command: 'telltale',
    deskFor: () => fake.desk,
    follow: (onPushed) => fake.follow(onPushed),
    log: (line) => log.push(line),
    own,
    ...more,
  });
  if (isNoWeb(web)) throw new Error(`${web.code}: ${web.message}`);
  fake.address = web.address;
  return {
    web,
    fake,
    log,
    own,
    link: async () => (await fake.desk.ask('web.link', {})).url,
    [Symbol.asyncDispose]: () => web[Symbol.asyncDispose](),
  };
}

/** Waits until `done` answers true; fails after ten seconds with `what`. */
export async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await done())) {
    if (performance.now() > endMs) throw new Error(`Not within ten seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
