/** Where the page listens: the setting `web.listen`, taken apart. */

import { isIP } from 'node:net';

/** `none` turns the page off; `unix` paths are absolute and at most 107 bytes (unix(7), sun_path). */
export type ListenAddress =
  | { readonly kind: 'none' }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Reads "none", "HOST:PORT", "[IPv6]:PORT" or "unix:/path"; undefined when it is none of these. Port 0: the kernel chooses. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === 'none') return { kind: 'none' };
  if (text.startsWith('unix:')) return unixAddress(text.slice(5));
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(portText);
  if (portText === undefined || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { kind: 'tcp', host: bracketed, port } : undefined;
  return plain === undefined ? undefined : { kind: 'tcp', host: plain, port };
}

/** As a browser wants it: "http://127.0.0.1:7777"; for a Unix socket "unix:/path", which no browser opens. */
export function webUrl(address: ListenAddress): string {
  if (address.kind === 'none') return '';
  if (address.kind === 'unix') return `unix:${address.path}`;
  const open = address.host === '0.0.0.0' || address.host === '::';
  const host = open ? '127.0.0.1' : address.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function unixAddress(path: string): ListenAddress | undefined {
  const fits = path.startsWith('/') && !path.includes('\0') && Buffer.byteLength(path) <= 107;
  return fits ? { kind: 'unix', path } : undefined;
}
