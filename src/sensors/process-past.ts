/**
 * What is known of running processes and cannot be asked again: what they came from, once their parents have ended. Kept
 * in the state directory, so that a restart of the watch does not make other programs of them.
 */

import { type Host, isFailure } from '#model/host.ts';
import type { Login } from './process-signs/login.ts';

/** Of one process. */
export interface Past {
  readonly from?: string;
  readonly login?: Login;
}

const NAME = 'process-past';
/** Beyond it the youngest are left out. */
const MAX_KEPT = 2000;
const MAX_TEXT = 512;
const KEY = /^\d{1,10} \d{1,19}$/;
const KINDS: ReadonlySet<string> = new Set(['login', 'job', 'service']);

interface Memory {
  readonly loaded: ReadonlyMap<string, Past>;
  written: string;
}

const memories = new WeakMap<Host, Memory>();

/** What an earlier watch kept, by "pid startTicks"; nothing of before the last boot. */
export function pastOf(host: Host, { pid, startTicks }: { readonly pid: number; readonly startTicks: number }): Past {
  return memoryOf(host).loaded.get(`${pid} ${startTicks}`) ?? {};
}

/** Keeps these, and forgets all others; written only when they are not what was written last. */
export function keepPast(host: Host, past: ReadonlyMap<string, Past>): void {
  if (host.kept === undefined) return;
  const memory = memoryOf(host);
  const text = JSON.stringify({ boot: bootOf(host), processes: Object.fromEntries([...past].slice(0, MAX_KEPT)) });
  if (text === memory.written) return;
  // A disk that is full is told of elsewhere; the next change tries again.
  if (host.kept.write(NAME, text) === '') memory.written = text;
}

function memoryOf(host: Host): Memory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const written = host.kept?.read(NAME) ?? '';
  const memory = { loaded: parsePast(written, bootOf(host)), written };
  memories.set(host, memory);
  return memory;
}

function bootOf(host: Host): string {
  const bytes = host.files.read('/proc/sys/kernel/random/boot_id', 64);
  return isFailure(bytes) ? '' : bytes.toString('latin1').trim();
}

/** Total: what is not as it was written is not there. */
export function parsePast(text: string, boot: string): ReadonlyMap<string, Past> {
  const past = new Map<string, Past>();
  const whole = parsed(text);
  if (!isObject(whole) || whole['boot'] !== boot || !isObject(whole['processes'])) return past;
  for (const [key, one] of Object.entries(whole['processes']).slice(0, MAX_KEPT)) {
    if (!KEY.test(key) || !isObject(one)) continue;
    const login = loginIn(one['login']);
    past.set(key, { ...(isText(one['from']) && { from: one['from'] }), ...(login && { login }) });
  }
  return past;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function loginIn(value: unknown): Login | undefined {
  if (!isObject(value)) return undefined;
  const { pid, startTicks, name, kind } = value;
  if (typeof pid !== 'number' || typeof startTicks !== 'number' || !isText(name) || !isKind(kind)) return undefined;
  return { pid, startTicks, name, kind };
}

function isKind(value: unknown): value is Login['kind'] {
  return typeof value === 'string' && KINDS.has(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
