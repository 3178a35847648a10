/** The packages that run inside Telltale, as they lie on this disk. */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, globSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly files: number;
  /** Over "path, NUL, SHA-256 of the content" of every file, in the order of the paths. */
  readonly sha256: string;
}

/** Everything in package-lock.json that is no development package and is installed here. */
export async function dependencies(root: string): Promise<readonly Dependency[]> {
  const lockFile = join(root, 'package-lock.json');
  if (!existsSync(lockFile)) return [];
  const lock = JSON.parse(readFileSync(lockFile, 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const paths = Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && entry.dev !== true && entry.devOptional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path, 'package.json')));
  const found: Dependency[] = [];
  for (const path of paths.sort()) found.push(await dependency(join(root, path), path));
  return found;
}

async function dependency(folder: string, path: string): Promise<Dependency> {
  const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string; license?: string };
  const files = globSync('**/*', { cwd: folder, exclude: ['node_modules/**'] })
    .filter((name) => !lstatSync(join(folder, name)).isDirectory())
    .sort();
  const whole = createHash('sha256');
  for (const name of files) whole.update(`${name}\0${await hashOf(join(folder, name))}\n`);
  return {
    name: path.replace(/^.*node_modules\//, ''),
    version: own.version ?? '?',
    licence: own.license ?? '?',
    files: files.length,
    sha256: whole.digest('hex'),
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  if (lstatSync(file).isSymbolicLink()) return hash.update(readlinkSync(file)).digest('hex');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
