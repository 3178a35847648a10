/** Logging in to the page: a link that works once, then a password. Only hashes are stored. */

import { argon2, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { VerbError, type Verbs } from '#model/verbs.ts';
import type { Running } from './running.ts';

const linkMs = 10 * 60_000;
const shortestPassword = 10;
/** OWASP's second choice for argon2id (19 MiB, 2 passes): the daemon has little memory. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
/** Wait after the nth wrong password in a row: 1 s, 2 s, 4 s … */
const longestWaitMs = 300_000;
/** Wrong passwords that cost no wait: people mistype. */
const freeTries = 3;

const argon2Async = promisify(argon2);

export class WebDesk {
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  async link(): Promise<Verbs['web.link']['result']> {
    const { web } = this.#running;
    if (!/^https?:\/\//.test(web)) {
      const why = web === '' ? 'there is no page' : web;
      throw new VerbError(
        'NO_WEB',
        `Cannot make a link to the page: ${why}. Look at the setting "web.listen": telltale config show`,
      );
    }
    const token = randomBytes(32).toString('base64url');
    const untilMs = this.#nowMs() + linkMs;
    await this.#save('web.link', JSON.stringify({ sha256: sha256(token), untilMs }));
    return { url: `${web.replace(/\/$/, '')}/#k=${token}`, untilMs };
  }

  /** A link works once, also when it is the wrong one that is tried: only the newest link counts. */
  async redeem({ token }: Verbs['web.redeem']['args']): Promise<Verbs['web.redeem']['result']> {
    const passwordSet = this.#value('web.password') !== undefined;
    const stored = this.#value('web.link');
    if (stored === undefined) return { ok: false, passwordSet };
    const link = JSON.parse(stored) as { sha256: string; untilMs: number };
    const ok = timingSafeEqual(Buffer.from(link.sha256), Buffer.from(sha256(token))) && this.#nowMs() < link.untilMs;
    if (ok) await this.#save('web.link', '');
    return { ok, passwordSet };
  }

  async check({ password }: Verbs['web.password.check']['args']): Promise<Verbs['web.password.check']['result']> {
    const stored = this.#value('web.password');
    const waitMs = this.#waitMs();
    if (stored === undefined || waitMs > 0) return { ok: false, waitMs };
    const { salt, tag } = JSON.parse(stored) as { salt: string; tag: string };
    // Counted before the slow part, so that many tries at once are many tries.
    await this.#count();
    const found = await derive(password, Buffer.from(salt, 'base64'));
    const ok = timingSafeEqual(found, Buffer.from(tag, 'base64'));
    if (ok) await this.#save('web.tries', '');
    return { ok, waitMs: ok ? 0 : this.#waitMs() };
  }

  async set({ password }: Verbs['web.password.set']['args']): Promise<Verbs['web.password.set']['result']> {
    if (password.length < shortestPassword)
      throw new VerbError(
        'BAD_PASSWORD',
        `Cannot take a password of fewer than ${shortestPassword} characters. Choose a longer one`,
      );
    const salt = randomBytes(16);
    const tag = await derive(password, salt);
    await this.#save('web.password', JSON.stringify({ salt: salt.toString('base64'), tag: tag.toString('base64') }));
    await this.#save('web.tries', '');
    return { ok: true };
  }

  #waitMs(): number {
    const stored = this.#value('web.tries');
    if (stored === undefined) return 0;
    const { count, atMs } = JSON.parse(stored) as { count: number; atMs: number };
    const over = count - freeTries;
    const restMs = over <= 0 ? 0 : Math.min(longestWaitMs, 1_000 * 2 ** (over - 1));
    return Math.max(0, Math.min(restMs, atMs + restMs - this.#nowMs()));
  }

  async #count(): Promise<void> {
    const stored = this.#value('web.tries');
    const count = stored === undefined ? 0 : (JSON.parse(stored) as { count: number }).count;
    await this.#save('web.tries', JSON.stringify({ count: count + 1, atMs: this.#nowMs() }));
  }

  #nowMs(): number {
    return this.#running.ledger.parts.host.clock.nowMs();
  }

  #value(name: string): string | undefined {
    return this.#running.ledger.store.value(name);
  }

  async #save(name: string, value: string): Promise<void> {
    await this.#running.ledger.store.write([{ kind: 'value', name, value }]);
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  return await argon2Async('argon2id', { message: password, nonce: salt, ...cost });
}
