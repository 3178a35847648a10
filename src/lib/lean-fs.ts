/**
 * node:fs for a command that must start fast. An `import` of it would call every getter it has, and so load streams,
 * promises and what these need: 4 ms of CPU on each start (measured, Node 26).
 */

import type * as FsModule from 'node:fs';

/** The same object as node:fs. */
export const fs: typeof FsModule = process.getBuiltinModule('node:fs');
