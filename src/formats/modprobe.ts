/** Lines of modprobe.d(5) that run a program, of modules-load.d(5), and of binfmt.d(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/**
 * "install MODULE COMMAND" or "remove MODULE COMMAND", or with `softdep` and `weakdep` the modules that come along;
 * `verb` "" for the lines that run and load nothing.
 */
export interface ModprobeLine {
  readonly verb: string;
  readonly module: string;
  readonly command: string;
}

const OTHERS = /^(?:options|alias|blacklist|config|include)\s/;
const VERBS = /^(install|remove|softdep|weakdep)\s+(\S+)\s+(.+)$/;

/** Continued lines are joined first; unknown words are rejects. */
export function parseModprobe(text: string): Parsed<ModprobeLine> {
  return parseLines(text.replace(/\\\n/g, ' '), (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#') || OTHERS.test(`${bare} `)) return { verb: '', module: '', command: '' };
    const [, verb, module, command] = VERBS.exec(bare) ?? [];
    if (verb === undefined || module === undefined || command === undefined) return undefined;
    return { verb, module, command };
  });
}

/** A rule of binfmt.d(5): ":name:type:offset:magic:mask:interpreter:flags", or lines of /proc/sys/fs/binfmt_misc/NAME. */
export interface Binfmt {
  readonly name: string;
  readonly interpreter: string;
  /** C: with the rights of the file, F: opened now. */
  readonly flags: string;
  readonly match: string;
}

/** Blank lines and comments have no name. */
export function parseBinfmtConf(text: string): Parsed<Binfmt> {
  return parseLines(text, (line) => {
    const bare = line.trim();
    if (bare === '' || /^[#;]/.test(bare)) return { name: '', interpreter: '', flags: '', match: '' };
    const parts = bare.slice(1).split(bare.charAt(0));
    const [name = '', type = '', offset = '', magic = '', , interpreter, flags = ''] = parts;
    if (interpreter === undefined || !/^[EM]$/.test(type)) return undefined;
    return {
      name,
      interpreter,
      flags,
      match: type === 'E' ? `*.${magic}` : `magic at ${offset === '' ? '0' : offset}`,
    };
  });
}

/** What the kernel says of a registered format; undefined where it is no such file. */
export function parseBinfmtStatus(name: string, text: string): (Binfmt & { readonly enabled: boolean }) | undefined {
  const interpreter = /^interpreter (.*)$/m.exec(text)?.[1];
  if (interpreter === undefined) return undefined;
  const flags = /^flags: ?(.*)$/m.exec(text)?.[1] ?? '';
  const extension = /^extension (.*)$/m.exec(text)?.[1];
  const offset = /^offset (\d+)$/m.exec(text)?.[1] ?? '0';
  const match = extension === undefined ? `magic at ${offset}` : `*${extension.startsWith('.') ? '' : '.'}${extension}`;
  return { name, interpreter, flags, match, enabled: text.startsWith('enabled') };
}
