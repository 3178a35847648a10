/** What package-lock.json (version 3) says will be installed where the program runs. */

/** The `packages` object of a lockfile, by path. */
export type LockedPackages = Readonly<
  Record<
    string,
    {
      readonly version?: string;
      readonly license?: string;
      readonly integrity?: string;
      readonly resolved?: string;
      readonly dependencies?: Readonly<Record<string, string>>;
      readonly optionalDependencies?: Readonly<Record<string, string>>;
    }
  >
>;

/**
 * Names reached from the root's dependencies, sorted. npm's own marks (`dev`, `optional`) would not do: an optional
 * peer of one of ours drags development tools in.
 */
export function runtimePackagesOf(packages: LockedPackages): readonly string[] {
  const found = new Set<string>();
  const waiting = [''];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const { dependencies, optionalDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!found.has(name)) waiting.push(`node_modules/${name}`);
      found.add(name);
    }
  }
  return [...found].sort();
}
