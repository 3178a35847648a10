/** Talks to the web process. The cookie is the browser's; the key is ours, and belongs to this origin with its port. */

import type { LoginAnswer } from '../api/shapes.ts';

const KEY = 'telltale-key';

/** What went wrong, in words that can be shown; `code` as in docs/web-page.md, "OFFLINE" when nobody answered. */
export class ApiError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function headers(): Record<string, string> {
  return { 'x-telltale': localStorage.getItem(KEY) ?? 'none', 'content-type': 'application/json' };
}

/** Asks for JSON; `body` makes it a POST. */
export async function ask<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await reach(path, {
    headers: headers(),
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = (await response.json()) as T & { code?: string; message?: string };
  if (response.ok) return answer;
  throw new ApiError(answer.code ?? 'FAILED', answer.message ?? `The answer was ${response.status}.`);
}

/** Logs in; undefined key: it did not work, and `waitMs` says how long to wait. */
export async function logIn(path: 'login/link' | 'login/password', body: unknown): Promise<LoginAnswer> {
  const response = await reach(path, { method: 'POST', headers: headers(), body: JSON.stringify(body) });
  const answer = (await response.json()) as LoginAnswer & { code?: string; message?: string };
  if (answer.code !== undefined) throw new ApiError(answer.code, answer.message ?? '');
  if (answer.ok) localStorage.setItem(KEY, answer.key);
  return answer;
}

export function forgetKey(): void {
  localStorage.removeItem(KEY);
}

export async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`./api/${path}`, { ...init, cache: 'no-store', credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('OFFLINE', 'The watch does not answer. Is it running? Type: systemctl status telltale', {
      cause: error,
    });
  }
}
