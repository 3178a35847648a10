/** Opens a TCP listener on loopback in a process of its own. See docs/drills/listener.md. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseUint } from '#lib/parse-uint.ts';
import { defineDrill } from './drill.ts';

// It ends when its standard input does, so that nothing stays open even if we are killed.
const PROGRAM = `
const server = require('node:net').createServer();
process.stdin.on('end', () => process.exit(0)).resume();
const atMs = Date.now();
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + ' ' + atMs + '\\n'));
`;

const RULES = ['new-listener', 'short-lived-listener'];

export default defineDrill({
  name: 'listener',
  doc: 'Opens a TCP port on 127.0.0.1 for a moment.',
  rules: RULES,
  async act(host, signal) {
    const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/', env: {} });
    const ended = once(child, 'exit').catch(() => undefined);
    const { pid } = child;
    if (pid === undefined) throw new Error('Cannot start the process that opens the port');
    host.own.add(pid);
    // A pid may be given to anybody once it is free: it must not stay ours.
    void ended.then(() => host.own.delete(pid));
    const undo = async (): Promise<void> => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 1000);
      await ended;
      clearTimeout(timer);
    };
    try {
      const lines = createInterface({ input: child.stdout });
      const [line] = (await once(lines, 'line', { signal })) as [string];
      const [port, atMs] = line.split(' ').map((part) => parseUint(part));
      if (port === undefined || atMs === undefined) throw new Error(`The process that opens the port said "${line}"`);
      return {
        atMs,
        words: `opened TCP port ${port} on 127.0.0.1`,
        isToldBy: ({ finding }) =>
          RULES.includes(finding.rule) && (finding.who?.pid === pid || finding.facts['port'] === port),
        [Symbol.asyncDispose]: undo,
      };
    } catch (error) {
      await undo();
      throw error;
    }
  },
});
