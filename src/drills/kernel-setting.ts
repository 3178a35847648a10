/** Switches the logging of odd packets on or off for a moment. See docs/drills/kernel-setting.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

/** Of our own network namespace; it only decides what is logged. */
const NAME = 'net.ipv4.conf.all.log_martians';
const PATH = `/proc/sys/${NAME.replaceAll('.', '/')}`;
const RULES = ['kernel-setting-weakened', 'kernel-setting-strengthened'];

export default defineDrill({
  name: 'kernel-setting',
  doc: 'Switches the logging of packets with impossible senders on or off, for a moment.',
  rules: RULES,
  applies: ({ files }) => isThere(files, PATH),
  async act(_host, signal) {
    signal.throwIfAborted();
    const before = readFileSync(PATH, 'utf8').trim();
    if (before !== '0' && before !== '1') throw new Error(`Cannot rehearse with "${NAME}": its value is "${before}"`);
    const atMs = Date.now();
    const other = before === '0' ? '1' : '0';
    writeFileSync(PATH, `${other}\n`);
    return await Promise.resolve({
      atMs,
      words: `set ${NAME} from ${before} to ${other}`,
      isToldBy: ({ finding }) => RULES.includes(finding.rule) && finding.facts['setting'] === NAME,
      [Symbol.asyncDispose]() {
        // Somebody else may have set it meanwhile: then that stays.
        if (readFileSync(PATH, 'utf8').trim() === other) writeFileSync(PATH, `${before}\n`);
        return Promise.resolve();
      },
    });
  },
});
