/** Runs a shell whose input and output are a connection on loopback. See docs/drills/socket-shell.md. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn } from './own-child.ts';

const RULES = ['shell-on-socket'];

export default defineDrill({
  name: 'socket-shell',
  doc: 'Runs a shell whose input and output are a connection on loopback.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const server = createServer().listen(0, '127.0.0.1');
    stack.defer(() => void server.close());
    await once(server, 'listening', { signal });
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection', { signal });
    const program =
      `use Socket; socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in(${port},inet_aton("127.0.0.1"))) or die; ` +
      'print "ready\\n"; open(STDIN,"<&S"); open(STDOUT,">&S"); exec "/bin/sh"';
    const child = stack.use(await startOwn(host, PERL, ['-e', program]));
    const [socket] = (await connected) as [Socket];
    // A shell that gets no command does nothing; it ends when the connection does.
    stack.defer(() => void socket.destroy());
    const owned = stack.move();
    return {
      atMs: child.atMs,
      words: `let /bin/sh take its commands from a connection on 127.0.0.1:${port}, which gave it none`,
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
