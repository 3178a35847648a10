/** Builds the page if that is needed, in a process of its own: the tools take memory that the daemon must not keep. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pageState, type pageState as state } from './page-state.ts';

/** `ok` false: there is no page, or only an old one; `why` says the rest. */
export interface EnsuredPage {
  readonly ok: boolean;
  readonly was: ReturnType<typeof state>;
  readonly tookMs: number;
  readonly why: string;
}

const BUILD_MS = 120_000;

/** Builds when the sources changed since the last build; in an installed release there are none, and nothing is done. */
export async function ensurePage(): Promise<EnsuredPage> {
  const startedMs = performance.now();
  const script = join(import.meta.dirname, 'build-page.ts');
  const was = existsSync(script) ? pageState() : 'built';
  if (was === 'built') return { ok: true, was, tookMs: 0, why: '' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_MS,
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.once('error', (error) => {
    said = error.message;
    resolve(-1);
  });
  child.once('close', (code) => resolve(code ?? -1));
  const ok = (await promise) === 0;
  const next = 'Next: npm ci (with development packages), then sh bin/node src/web/build-page.ts';
  const why = ok ? '' : `Cannot build the page: ${lastLine(said)}. ${next}`;
  return { ok, was, tookMs: Math.round(performance.now() - startedMs), why };
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => /\berror\b/i.test(line) || line.trim() !== '');
  return (lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'the build said nothing').trim();
}
