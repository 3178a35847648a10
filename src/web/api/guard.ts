/** What every request must pass: the right host name, our own page, a small body; and what every answer carries. */

import { isIP } from 'node:net';
import type { Context, Next } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Credentials } from '../messages.ts';

/** Bodies of requests, at most. */
export const BODY_MAX_BYTES = 16 * 1024;
/** The header in which the page sends its key. No other site can set it: it would need our consent (CORS) first. */
export const KEY_HEADER = 'x-telltale';

/**
 * No script, style or font but our own files, nothing inline, no eval; Trusted Types let nothing but the compiled
 * templates of Svelte be parsed as HTML, so that a forgotten escape cannot become a script.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), usb=()',
  'x-dns-prefetch-control': 'off',
};

/** Puts the security headers on every answer; what is not a file of the page is never stored by a browser. */
export async function secureHeaders(context: Context, next: Next): Promise<void> {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store');
}

/**
 * DNS rebinding: a site that lets its own name point at 127.0.0.1 reads a loopback server as its own. It must come by a
 * name, so only an address, "localhost" or this host's own name will do.
 */
export function hostAllowed(hostHeader: string, hostName: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]{1,60})\]|([^:[\]/@\s]{1,253}))(?::\d{1,5})?$/.exec(hostHeader) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined) return false;
  const name = plain.toLowerCase();
  return name === 'localhost' || name === hostName.toLowerCase() || isIP(name) === 4;
}

/** Did our own page send it? Browsers say so in Sec-Fetch-Site; where they do not (plain HTTP by address), in Origin. */
export function fromOwnPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  if (origin === null) return true;
  return URL.parse(origin)?.host === headers.get('host');
}

/** Behind TLS (a reverse proxy says so) the cookie is sent over TLS only. Lying about it only narrows the cookie. */
export function behindTls(headers: Headers): boolean {
  return headers.get('x-forwarded-proto') === 'https';
}

/** Who the request says it is from: the cookie, and the key that only our page (of this port) knows. */
export function credentialsOf(context: Context, cookieName: string): Credentials {
  return { session: getCookie(context, cookieName) ?? '', key: context.req.header(KEY_HEADER) ?? '' };
}
