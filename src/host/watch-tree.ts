/** Who wants to hear of what: found once for each folder, so that events elsewhere cost nothing. */

/** Who wants to hear of things in one folder. */
export interface Interest<S> {
  /** Of everything in it, and of itself. */
  readonly whole: readonly S[];
  /** Only of entries with this name, and of what happens to a folder on the way to a path. */
  readonly names: ReadonlyMap<string, Named<S>>;
}

export interface Named<S> {
  /** The entry is what they asked for. */
  readonly exact: readonly S[];
  /** What they asked for is below the entry: they hear when it comes, goes or moves. */
  readonly below: readonly S[];
}

interface Node<S> {
  readonly children: Map<string, Node<S>>;
  readonly wanted: Set<S>;
}

export class WatchTree<S> {
  readonly #root: Node<S> = makeNode();
  #size = 0;

  /** Paths in it. */
  get size(): number {
    return this.#size;
  }

  /** `path` is absolute, without "." and ".." parts; a folder stands for everything below it. */
  add(path: string, wanter: S): void {
    let node = this.#root;
    for (const part of partsOf(path)) {
      const next = node.children.get(part) ?? makeNode<S>();
      node.children.set(part, next);
      node = next;
    }
    if (node.wanted.size === 0) this.#size += 1;
    node.wanted.add(wanter);
  }

  /** Undefined: nobody wants to hear of that folder. */
  interestIn(folder: string): Interest<S> | undefined {
    const whole = new Set<S>();
    let node: Node<S> | undefined = this.#root;
    for (const wanter of node.wanted) whole.add(wanter);
    for (const part of partsOf(folder)) {
      node = node?.children.get(part);
      if (node === undefined) break;
      for (const wanter of node.wanted) whole.add(wanter);
    }
    const names = new Map<string, Named<S>>();
    for (const [name, child] of node?.children ?? []) {
      const exact = [...child.wanted].filter((wanter) => !whole.has(wanter));
      const below = [...everyoneBelow(child)].filter((wanter) => !whole.has(wanter) && !child.wanted.has(wanter));
      if (exact.length + below.length > 0) names.set(name, { exact, below });
    }
    return whole.size === 0 && names.size === 0 ? undefined : { whole: [...whole], names };
  }

  /** Every path that somebody wants. */
  *paths(): Generator<string> {
    yield* pathsOf(this.#root, '');
  }
}

function makeNode<S>(): Node<S> {
  return { children: new Map(), wanted: new Set() };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function everyoneBelow<S>(node: Node<S>, found = new Set<S>()): Set<S> {
  for (const child of node.children.values()) {
    for (const wanter of child.wanted) found.add(wanter);
    everyoneBelow(child, found);
  }
  return found;
}

function* pathsOf<S>(node: Node<S>, path: string): Generator<string> {
  if (node.wanted.size > 0) yield path === '' ? '/' : path;
  for (const [name, child] of node.children) yield* pathsOf(child, `${path}/${name}`);
}
