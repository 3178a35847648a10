/** The packages that run inside Telltale, as they lie on this disk. */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, globSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type LockedPackages, runtimePackagesOf } from '#lib/lockfile.ts';

export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly files: number;
  /** Over "path, NUL, SHA-256 of the content" of every file, in the order of the paths. */
  readonly sha256: string;
}

/**
 * Every package that runs inside, from package-lock.json. A release has most of them bundled into its own files: those
 * are listed with the checksum that the registry's archive had (`integrity`), as no files of theirs lie here.
 */
export async function dependencies(root: string): Promise<readonly Dependency[]> {
  const lockFile = join(root, 'package-lock.json');
  if (!existsSync(lockFile)) return [];
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as { packages: LockedPackages };
  const found: Dependency[] = [];
  for (const name of runtimePackagesOf(packages)) {
    const path = `node_modules/${name}`;
    const { version = '?', license = '?', integrity = '' } = packages[path] ?? {};
    if (existsSync(join(root, path, 'package.json'))) found.push(await dependency(join(root, path), path));
    else if (!/-(?:linux|darwin|win32|freebsd|openbsd|aix)\b/.test(name) && existsSync(join(root, 'lib/main.js')))
      found.push({ name, version, licence: license, files: 0, sha256: `bundled; archive ${integrity}` });
  }
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
