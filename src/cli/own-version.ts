/** Our own version, as package.json says it. */

import { join } from 'node:path';
import { crypto } from '#lib/lean-crypto.ts';
import { fs } from '#lib/lean-fs.ts';

/** Folder that holds package.json: two above this file in the tree, one in a release. */
export function programFolder(): string {
  const candidates = [join(import.meta.dirname, '../..'), join(import.meta.dirname, '..')];
  return candidates.find((folder) => fs.existsSync(join(folder, 'package.json'))) ?? import.meta.dirname;
}

/** For example "0.1.0". */
export function version(): string {
  const text = fs.readFileSync(join(programFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * Twelve hexadecimal digits over the content of what runs, tests left out: two versions may have the same number while
 * people work on them. Reads some megabytes.
 */
export function build(): string {
  const folder = programFolder();
  const release = join(folder, 'lib');
  const whole = crypto().createHash('sha256');
  const code = fs.existsSync(join(release, 'main.js')) ? release : join(folder, 'src');
  for (const name of fs.readdirSync(code, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.[jt]s$/.test(name) && !name.endsWith('.test.ts'))
      whole.update(`${name}\0`).update(fs.readFileSync(join(code, name)));
  return whole.digest('hex').slice(0, 12);
}
