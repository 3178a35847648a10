/**
 * A watch over this machine, from the network namespace that it is started in, of which a rootkit hides what it is told
 * to: prints a JSON line for each alert that opens or closes. For tests. Arguments: folder for its state, port and file
 * that are hidden from the first line on its standard input.
 */

import { createWatch } from '#engine/watch.ts';
import { makeFaulty } from '#host/faulty.ts';
import { openLiveHost } from '#host/live.ts';
import { rules } from '#rules/index.ts';
import disagreementsSensor from '#sensors/disagreements.ts';
import newNames from '#sensors/new-names.ts';
import socketEvents from '#sensors/socket-events.ts';
import socketsSensor from '#sensors/sockets.ts';
import { openStore } from '#store/open.ts';
import { FakeChannel, plainWords } from './fake-watch.ts';

const [folder = '', port = '', file = ''] = process.argv.slice(2);
const live = openLiveHost({ namespaces: 'own', tag: process.pid.toString(16) });
const { host, faults } = makeFaulty(live);
const channel = new FakeChannel('script', 'alerts');
const store = openStore({ stateDir: folder, host, mode: 'write' });
const watch = createWatch({
  host,
  store,
  sensors: [socketsSensor, { ...disagreementsSensor, everyMs: 1000 }],
  listeners: [socketEvents, newNames],
  rules,
  channels: [channel],
  words: plainWords,
  version: 'test',
});
await watch.start(new AbortController().signal);
let told = 0;
setInterval(() => {
  for (const { alert } of channel.told.slice(told)) {
    const { rule, title, severity } = alert.finding;
    console.log(JSON.stringify({ rule, title, severity, state: alert.state }));
  }
  told = channel.told.length;
}, 50);
console.log(JSON.stringify({ ready: true }));
process.stdin.once('data', () => {
  faults.hidesSocket = ({ protocol, localPort }) => protocol === 'tcp' && localPort === Number(port);
  faults.hidesFile = (path) => path === file;
  console.log(JSON.stringify({ hides: true }));
});
