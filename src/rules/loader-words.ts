/** Words about the dynamic loader that its rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { Change } from '#model/table.ts';
import type { LoaderRow } from '#sensors/loader.ts';

/** A path as it may stand in a sentence. */
export function shownPath(path: string, max = 120): string {
  return shorten(visible(path), max);
}

/** Subject, facts and the next step. */
export function aboutLoader(row: LoaderRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, path, content, state, trouble, position, file, line } = row;
  return {
    subject: `${kind} ${path}`,
    facts: {
      path,
      file,
      ...(content !== '' && { content }),
      ...(state !== '' && { state, package: row.package }),
      ...(trouble !== '' && { trouble }),
      ...(position > 0 && { position }),
      ...(line > 0 && { line }),
    },
    next: `ls -ld --time-style=full-iso ${shellQuote(path)} ${shellQuote(file)}`,
  };
}

/** Who vouches for it and what is in it are as they were; false for a row that was not there. */
export function isSameFile(change: Change<LoaderRow>): boolean {
  if (change.type !== 'changed') return false;
  const { before, after } = change;
  return before.content === after.content && before.state === after.state;
}

/** Lies where others than root may put a file. */
export function isOpenPlace(row: LoaderRow): boolean {
  return row.trouble !== '' || /^\/(?:tmp|var\/tmp|dev\/shm|home)(?:\/|$)/.test(row.path);
}

/** A planted library. */
export const planted: LoaderRow = {
  kind: 'preload',
  path: '/usr/local/lib/libhide.so',
  content: '00112233aabbccdd',
  state: 'unpackaged',
  package: '',
  trouble: '',
  position: 1,
  file: '/etc/ld.so.preload',
  line: 0,
};

/** Debian's folder for libraries of the host's own. */
export const folder: LoaderRow = {
  ...planted,
  kind: 'folder',
  path: '/usr/local/lib',
  content: '',
  state: '',
  file: '/etc/ld.so.conf.d/libc.conf',
  line: 2,
};

/** The C library. */
export const libc: LoaderRow = {
  ...planted,
  kind: 'library',
  path: '/usr/lib/x86_64-linux-gnu/libc.so.6',
  state: 'packaged',
  package: 'libc6',
  position: 0,
  file: '/usr/lib/x86_64-linux-gnu/libc.so.6',
};
