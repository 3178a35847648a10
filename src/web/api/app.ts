/** All routes of the page. Reads map to verbs of the daemon, acts are POSTs with a JSON body. */

import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import { harmless } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import type { Credentials, LoggedIn } from '../messages.ts';
import type { PageFile } from '../page-files.ts';
import { alertPage } from './alerts.ts';
import { addAnswers } from './answer-routes.ts';
import { type Ask, nobody } from './asker.ts';
import { eventStream } from './events.ts';
import type { Feed } from './feed.ts';
import {
  BODY_MAX_BYTES,
  behindTls,
  credentialsOf,
  fromOwnPage,
  hostAllowed,
  KEY_HEADER,
  secureHeaders,
} from './guard.ts';
import { coverageView, hostView, tableView } from './host.ts';
import { jsonBody } from './json-body.ts';
import { overviewView } from './overview.ts';
import { readKnocks } from './read-scans.ts';
import type { LoginAnswer } from './shapes.ts';
import { quietDone, quietsView, socketsView } from './sockets.ts';

/** What the routes need. */
export interface AppParts {
  readonly ask: Ask;
  readonly feed: Feed;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly hostName: string;
  /** Cookies know no ports: two watches on one host must not overwrite each other's. */
  readonly cookieName: string;
  /** What is typed on the host for "telltale". */
  readonly command: string;
}

const STATUS: Readonly<Record<string, 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503>> = {
  'BAD-ARGUMENTS': 400,
  'SHORT-PASSWORD': 400,
  'LOGGED-OUT': 401,
  'LINK-NEEDED': 403,
  'NOT-ALLOWED': 403,
  'NOT-FOUND': 404,
  NO_TABLE: 404,
  'NO-ALERT': 404,
  BUSY: 503,
  'NO-ANSWER': 503,
};

/** Makes the routes. */
export function makeApp(parts: AppParts): Hono {
  const app = new Hono();
  app.use(secureHeaders);
  app.use(async (context, next) => {
    const host = context.req.header('host') ?? '';
    if (hostAllowed(host, parts.hostName)) return await next();
    const why = `This page does not answer to the name it was called by. Open it as http://localhost (or by address), or let the proxy send "Host: localhost".`;
    return context.text(`${why}\n`, 421);
  });
  app.use('/api/*', async (context, next) => {
    const { headers } = context.req.raw;
    if (fromOwnPage(headers) && headers.has(KEY_HEADER)) return await next();
    return refuse(
      context,
      'NOT-OUR-PAGE',
      `Only the page itself may ask this (header "${KEY_HEADER}" is missing, or another site asks).`,
      403,
    );
  });
  app.use(
    '/api/*',
    bodyLimit({ maxSize: BODY_MAX_BYTES, onError: (context) => refuse(context, 'TOO-LONG', 'That is too long.', 413) }),
  );
  addLogin(app, parts);
  addReads(app, parts);
  addActs(app, parts);
  addAnswers(app, parts);
  app.get('/api/events', async (context) => {
    const who = credentialsOf(context, parts.cookieName);
    if (parts.feed.full()) throw new VerbError('BUSY', 'Too many pages are open. Close one and load this page again.');
    await parts.ask(who, 'follow', {});
    const lastId = Number(/^\d{1,15}$/.exec(context.req.header('last-event-id') ?? '')?.[0] ?? 0);
    const stillAllowed = async (): Promise<boolean> => {
      try {
        return (await parts.ask(who, 'session.look', {})).ok;
      } catch (error) {
        if (error instanceof VerbError) return error.code !== 'LOGGED-OUT';
        throw error;
      }
    };
    return eventStream(parts.feed, lastId, stillAllowed);
  });
  app.all('/api/*', (context) => refuse(context, 'NOT-FOUND', `There is no "${context.req.path}".`, 404));
  app.get('*', (context) => pageFile(context, parts.page));
  app.onError((error, context) => {
    if (error instanceof VerbError) return refuse(context, error.code, error.message, STATUS[error.code] ?? 409);
    process.stderr.write(`web process: ${error.stack ?? error.message}\n`);
    return refuse(context, 'FAILED', 'The page could not answer. Its log says why: journalctl -u telltale', 500);
  });
  return app;
}

function addLogin(app: Hono, parts: AppParts): void {
  const logIn = (context: Context, answer: LoggedIn): Response => {
    const { who } = answer;
    if (who !== undefined) {
      const secure = behindTls(context.req.raw.headers);
      setCookie(context, parts.cookieName, who.session, { httpOnly: true, sameSite: 'Strict', path: '/', secure });
    }
    const told: LoginAnswer = {
      ok: answer.ok,
      passwordSet: answer.passwordSet,
      waitMs: answer.waitMs,
      key: who?.key ?? '',
    };
    return context.json(told, answer.ok ? 200 : 401);
  };
  app.post('/api/login/link', async (context) =>
    logIn(context, await parts.ask(nobody, 'web.redeem', await jsonBody(context))),
  );
  app.post('/api/login/password', async (context) =>
    logIn(context, await parts.ask(nobody, 'web.password.check', await jsonBody(context))),
  );
  app.post('/api/password', async (context) =>
    context.json(await parts.ask(who(context, parts), 'web.password.set', await jsonBody(context))),
  );
  app.post('/api/logout', async (context) => {
    await parts.ask(who(context, parts), 'session.end', {});
    deleteCookie(context, parts.cookieName, { path: '/' });
    return context.json({ ok: true });
  });
}

function addReads(app: Hono, parts: AppParts): void {
  const zone = Temporal.Now.timeZoneId();
  app.get('/api/overview', async (context) => {
    const me = who(context, parts);
    const [status, { changes }, activity, sockets, scans] = await Promise.all([
      parts.ask(me, 'status', {}),
      parts.ask(me, 'changes', { limit: 100 }),
      parts.ask(me, 'activity', {}),
      // Doors are of the network: Unix sockets would only crowd them out.
      parts.ask(me, 'rows', { table: 'sockets', filter: 'inet', limit: 2000 }),
      readKnocks(parts.ask, me, Date.now()),
    ]);
    return context.json({
      ...overviewView({ status, changes, activity, sockets, scans }, zone),
      command: parts.command,
    });
  });
  app.get('/api/sockets', async (context) => {
    const { filter = '', connections } = context.req.query();
    const args = { table: 'sockets', connections: connections === '1', filter: filter.slice(0, 200) };
    const rows = await parts.ask(who(context, parts), 'rows', args);
    return context.json(socketsView(rows, Date.now(), zone));
  });
  app.get('/api/host', async (context) => {
    const me = who(context, parts);
    const [tables, status] = await Promise.all([parts.ask(me, 'tables', {}), parts.ask(me, 'status', {})]);
    return context.json(hostView(tables, status));
  });
  app.get('/api/table/:name', async (context) => {
    const me = who(context, parts);
    const { filter = '' } = context.req.query();
    const name = context.req.param('name');
    const [{ tables }, rows] = await Promise.all([
      parts.ask(me, 'tables', {}),
      parts.ask(me, 'rows', { table: name, filter: filter.slice(0, 200) }),
    ]);
    const info = tables.find((table) => table.name === name);
    if (info === undefined) throw new VerbError('NOT-FOUND', `There is no table "${name}".`);
    return context.json(tableView(info, rows, { nowMs: Date.now(), zone }));
  });
  app.get('/api/coverage', async (context) => {
    const me = who(context, parts);
    const [status, spans] = await Promise.all([parts.ask(me, 'status', {}), parts.ask(me, 'coverage', {})]);
    return context.json(coverageView(status, spans, zone));
  });
  app.get('/api/alert/:id', async (context) => {
    const shown = await parts.ask(who(context, parts), 'show', { id: context.req.param('id') });
    return context.json(alertPage(shown, { nowMs: Date.now(), timeZone: zone, command: parts.command }, zone));
  });
  app.get('/api/quiets', async (context) => {
    const me = who(context, parts);
    const [{ quiets }, { changes }] = await Promise.all([
      parts.ask(me, 'quiets', { all: true }),
      parts.ask(me, 'changes', { all: true, limit: 200 }),
    ]);
    return context.json(quietsView(quiets, changes, { nowMs: Date.now(), zone }));
  });
}

function addActs(app: Hono, parts: AppParts): void {
  for (const verb of ['ack', 'accept', 'mute', 'unmute'] as const) {
    app.post(`/api/${verb}`, async (context) =>
      context.json(quietDone(await parts.ask(who(context, parts), verb, await jsonBody(context)))),
    );
  }
}

function who(context: Context, parts: AppParts): Credentials {
  return credentialsOf(context, parts.cookieName);
}

function refuse(
  context: Context,
  code: string,
  message: string,
  status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503,
): Response {
  return context.json({ code, message: harmless(message) }, status);
}

function pageFile(context: Context, page: ReadonlyMap<string, PageFile>): Response {
  const file = page.get(context.req.path);
  if (file === undefined) return context.text('There is no such page. Open "/".\n', 404);
  const cache = file.kept ? 'public, max-age=31536000, immutable' : 'no-cache';
  const headers = { 'content-type': file.type, 'cache-control': cache, etag: file.etag };
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304, headers);
  return context.body(file.body, 200, headers);
}
