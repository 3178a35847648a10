/**
 * Builds the page: Vite through its JavaScript API, so that only the bundled Node is needed. Writes nothing but
 * src/web/page/dist: into a temporary folder beside it, then by rename. Run: sh bin/node src/web/build-page.ts
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';
import { pageDigest, pageDir, pageSources } from './page-state.ts';

/** Builds anew, always; resolves to the folder of the built page. Rejects with the words of Vite when it cannot. */
export async function buildPage(): Promise<string> {
  const temporary = join(pageSources, `dist.${process.pid}.tmp`);
  try {
    const digest = pageDigest();
    await build({
      root: pageSources,
      configFile: false,
      envDir: false,
      logLevel: 'warn',
      // Relative: the page also works under a path of a reverse proxy.
      base: './',
      cacheDir: join(temporary, 'cache'),
      publicDir: false,
      plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
      build: { outDir: temporary, assetsInlineLimit: 0, target: 'es2023', modulePreload: false, emptyOutDir: true },
    });
    rmSync(join(temporary, 'cache'), { recursive: true, force: true });
    writeFileSync(join(temporary, 'digest.txt'), digest);
    rmSync(pageDir, { recursive: true, force: true });
    renameSync(temporary, pageDir);
    return pageDir;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (import.meta.main) await buildPage();
