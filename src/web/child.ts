/**
 * The web process: everything is loaded and the port bound first, then root is given up, and only then is anybody
 * served. It holds no file but its sockets, and knows of the watch only what the daemon answers over descriptor 3.
 */

import { Socket } from 'node:net';
import { dropPrivileges } from '#lib/drop-privileges.ts';
import { makeApp } from './api/app.ts';
import { makeAsker } from './api/asker.ts';
import { Feed } from './api/feed.ts';
import { isListenFailure, openServer } from './listen.ts';
import type { FromChild, ToChild } from './messages.ts';
import { loadPage, type PageFile, withCommand } from './page-files.ts';
import { openPipe } from './pipe.ts';

interface ChildSettings {
  readonly listen: string;
  readonly hostName: string;
  readonly cookieName: string;
  readonly pageDir: string;
  readonly command: string;
}

/** Answers of the daemon may be as long as a thousand rows and more, but not without end. */
const ANSWER_BYTES = 16 * 1024 * 1024;
const WAITING_BYTES = 1024 * 1024;

await run(JSON.parse(process.argv[2] ?? '{}') as ChildSettings);

async function run(settings: ChildSettings): Promise<void> {
  const pipe = openPipe(new Socket({ fd: 3 }), {
    maxLineBytes: ANSWER_BYTES,
    maxWaitingBytes: WAITING_BYTES,
    onMessage: (message) => hear(message as ToChild),
    // Without the daemon there is nothing to show.
    onClose: () => process.exit(0),
  });
  const say = (message: FromChild): boolean => pipe.send(message);
  const asker = makeAsker((ask) => say(ask));
  const feed = new Feed();
  const hear = (message: ToChild): void => {
    if (message.type === 'pushed') feed.push(message.pushed, message.lost);
    else asker.take(message);
  };

  let page: ReadonlyMap<string, PageFile>;
  try {
    page = withCommand(loadPage(settings.pageDir), settings.command);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(say, 'NO-PAGE', `${why}. Next: sh bin/node src/web/build-page.ts`);
  }
  const app = makeApp({
    ask: asker.ask,
    feed,
    page,
    hostName: settings.hostName,
    cookieName: settings.cookieName,
    command: settings.command,
  });
  const server = await openServer(settings.listen, (request) => app.fetch(request));
  if (isListenFailure(server)) return fail(say, server.code, server.message);
  const who = dropPrivileges();
  server.accept();
  say({ type: 'ready', address: server.address, user: who.user, dropped: who.dropped });
  process.on('SIGTERM', () => process.exit(0));
}

/** Exits once the message is on its way; the daemon decides what to do. */
function fail(say: (message: FromChild) => boolean, code: string, message: string): void {
  say({ type: 'failed', code, message });
  setTimeout(() => process.exit(1), 200);
}
