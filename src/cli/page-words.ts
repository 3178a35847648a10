/** A page of ours (Markdown) as it reads on a terminal: broken at its width, without what is meant for a browser. */

import { wrap } from '#views/wrap.ts';
import type { Terminal } from './terminal.ts';
import { wrappedTable } from './wrapped-table.ts';

/** Longer lines are hard to read, however wide the terminal is. */
const MOST_CELLS = 100;

const ITEM = /^(\s*)([*-]|\d+\.) +(.*)$/;

/** Lines of the page; in a pipe as they stand, each paragraph broken where its author broke it. */
export function pageWords(terminal: Terminal, page: string): readonly string[] {
  const { width } = terminal;
  if (width === undefined) return blocksOf(page).flatMap(asItStands);
  const narrow = { ...terminal, width: Math.min(width, MOST_CELLS) };
  return blocksOf(page).flatMap((block) => blockWords(narrow, block));
}

function asItStands({ kind, lines }: Block): readonly string[] {
  return kind === 'code' ? lines : lines.map((line) => withoutMarks(line).replace(/^#+ /, ''));
}

function blockWords(terminal: Terminal & { readonly width: number }, { kind, lines }: Block): readonly string[] {
  if (kind === 'code' || kind === 'blank') return lines;
  if (kind === 'table') return tableWords(terminal, lines.map(withoutMarks));
  const text = withoutMarks(lines.map((line) => line.trim()).join(' '));
  if (kind === 'heading')
    return wrap(text.replace(/^#+ /, ''), terminal.width).map((line) => terminal.paint('strong', line));
  const [, margin = '', mark = '', words = text] = kind === 'item' ? (ITEM.exec(indentOf(lines) + text) ?? []) : [];
  const lead = mark === '' ? '' : `${margin}${mark} `;
  return wrap(words, terminal.width - lead.length).map(
    (line, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + line,
  );
}

type Kind = 'code' | 'blank' | 'table' | 'heading' | 'item' | 'prose';

interface Block {
  readonly kind: Kind;
  readonly lines: string[];
}

function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let fenced = false;
  for (const line of page.split('\n')) {
    if (line.startsWith('```')) {
      fenced = !fenced;
      continue;
    }
    const last = blocks.at(-1);
    const kind = fenced ? 'code' : kindOf(line);
    if (last !== undefined && goesOn(last.kind, kind)) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  return blocks;
}

function goesOn(before: Kind, kind: Kind): boolean {
  if (kind === 'prose') return before === 'prose' || before === 'item';
  return kind === before && (kind === 'code' || kind === 'table');
}

function kindOf(line: string): Kind {
  if (line.trim() === '') return 'blank';
  if (line.startsWith('|')) return 'table';
  if (/^#+ /.test(line)) return 'heading';
  return ITEM.test(line) ? 'item' : 'prose';
}

function indentOf([first = '']: readonly string[]): string {
  return first.slice(0, first.length - first.trimStart().length);
}

function tableWords(terminal: Terminal, lines: readonly string[]): readonly string[] {
  const rows = lines
    .filter((line) => !/^\|[\s:|-]+$/.test(line))
    .map((line) =>
      line
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
  const [heads = [], ...others] = rows;
  // Two columns of prose have no room beside each other.
  const width = terminal.width ?? MOST_CELLS;
  if (others.some((cells) => cells.slice(0, -1).join('  ').length > width / 2))
    return others.flatMap((cells) =>
      wrap(cells.join(': '), width - 2).map((line, index) => (index === 0 ? line : `  ${line}`)),
    );
  const columns = heads.slice(0, -1).map((heading) => ({ heading }));
  return wrappedTable(terminal, columns, heads.at(-1) ?? '', others);
}

function withoutMarks(text: string): string {
  return text
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/`([^`\n]+)`/g, '$1');
}
