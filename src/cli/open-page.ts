/** Starts the page for the daemon. Whatever goes wrong with it is said, and the watch runs on. */

import type { Watch } from '#engine/watch-parts.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import { commandAnywhere } from './command-name.ts';

/** The page as it runs. */
export interface Page {
  readonly address: string;
  readonly user: string;
}

/** What the doors of the daemon need of it. */
export interface Doors {
  readonly host: Host;
  readonly watch: Pick<Watch, 'desk' | 'follow'>;
}

interface PageParts {
  readonly settings: Settings;
  readonly buildPage: boolean;
  readonly log: (line: string) => void;
}

/** Builds the page first where asked; undefined when there is none. */
export async function openPage(
  { settings, buildPage, log }: PageParts,
  { watch, host }: Doors,
  stack: AsyncDisposableStack,
): Promise<Page | undefined> {
  const { listen } = settings.web;
  if (listen === 'none') return undefined;
  if (buildPage) await build(log);
  const { launchWeb, isNoWeb } = await import('#web/launch.ts');
  const web = await launchWeb({
    listen,
    clock: host.clock,
    hostName: host.name,
    command: commandAnywhere(),
    deskFor: (asker) => watch.desk(asker),
    follow: (onPushed) => watch.follow(onPushed),
    log,
    own: host.own,
  });
  if (isNoWeb(web)) {
    log(`No page: ${web.message}. The watch runs on without it.`);
    return undefined;
  }
  stack.use(web);
  return web;
}

async function build(log: (line: string) => void): Promise<void> {
  const { ensurePage } = await import('#web/ensure-page.ts');
  const { ok, was, tookMs, why } = await ensurePage();
  if (!ok) log(`${why}. The watch runs on.`);
  else if (was !== 'built') log(`Built the page in ${(tookMs / 1000).toFixed(1)} s (it was ${was}).`);
}
