/** Which modules the kernel's table of symbols names: /proc/kallsyms, "ffff… t name\t[module]". Read piece by piece. */

const OPEN = 0x5b;
const CLOSE = 0x5d;
const NEWLINE = 0x0a;
/** The kernel's own bound is 56 (MODULE_NAME_LEN). */
const MAX_NAME = 64;
/** Made up by the kernel for what is no module: code of eBPF, ftrace and kprobes. */
const NO_MODULE = /^(?:bpf|__builtin__.*)$/;

/** Gathers names from one piece after another; total: what is no line of such a table adds nothing. */
export class SymbolModules {
  readonly names = new Set<string>();
  #rest: Buffer = Buffer.alloc(0);

  /** The next piece; a line may be torn between two. */
  take(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    // Without any newline in reach it is no such table; what is kept stays small.
    this.#rest = Buffer.from(bytes.subarray(Math.max(end, bytes.length - 4096)));
    this.#scan(bytes.subarray(0, end));
  }

  /** The last line may end without a newline. */
  end(): ReadonlySet<string> {
    this.#scan(this.#rest);
    this.#rest = Buffer.alloc(0);
    return this.names;
  }

  #scan(lines: Buffer): void {
    for (let open = lines.indexOf(OPEN); open >= 0; open = lines.indexOf(OPEN, open + 1)) {
      const close = lines.indexOf(CLOSE, open);
      if (close < 0) return;
      const name = lines.toString('latin1', open + 1, Math.min(close, open + 1 + MAX_NAME));
      if (/^[\w-]+$/.test(name) && !NO_MODULE.test(name)) this.names.add(name);
    }
  }
}
