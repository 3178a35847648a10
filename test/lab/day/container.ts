/** The container of the made-up server: each start has a new id, a new namespace and new random ports inside. */

import type { DaySocket, Machine } from './machine.ts';
import { service, unix } from './services.ts';

const HOST = { inode: 4_026_531_840, label: 'host', pid: 1 };

export interface Run {
  readonly pid: number;
  readonly id: string;
  readonly namespace: number;
  /** Docker's own resolver listens on one inside of the container. */
  readonly randomPort: number;
}

/** 64 hexadecimal digits, as Docker draws them. */
export const idOf = (seed: string): string => seed.repeat(64).slice(0, 64);

const proxy = (run: Run): DaySocket => ({ localAddress: '0.0.0.0', localPort: 8080, owners: [run.pid + 2] });
const app = (run: Run): DaySocket => ({
  localAddress: '0.0.0.0',
  localPort: 3000,
  owners: [run.pid],
  namespace: run.namespace,
  uid: 1000,
});
const resolver = (run: Run): DaySocket => ({
  localAddress: '127.0.0.11',
  localPort: run.randomPort,
  owners: [640],
  namespace: run.namespace,
});

export function startContainer(machine: Machine, atMs: number, run: Run): void {
  const cgroup = `0::/system.slice/docker-${run.id}.scope`;
  machine.namespaces(atMs, [HOST, { inode: run.namespace, label: 'shop', pid: run.pid }]);
  machine.process(atMs, {
    pid: run.pid + 1,
    exe: '/usr/bin/containerd-shim-runc-v2',
    cgroup: service('containerd'),
  });
  machine.process(atMs, {
    pid: run.pid,
    parentPid: run.pid + 1,
    exe: '/usr/local/bin/node',
    uid: 1000,
    cgroup,
    namespace: run.namespace,
  });
  machine.process(atMs, { pid: run.pid + 2, parentPid: 640, exe: '/usr/sbin/docker-proxy', cgroup: service('docker') });
  machine.open(atMs, 'shim', unix(`/run/containerd/s/${run.id}`, [run.pid + 1]));
  machine.open(atMs, 'proxy', proxy(run));
  machine.open(atMs, 'resolver', resolver(run));
  machine.open(atMs, 'app', app(run));
}

export function stopContainer(machine: Machine, atMs: number, run: Run): void {
  machine.close(atMs, 'app', app(run));
  machine.close(atMs + 200, 'proxy', proxy(run));
  machine.close(atMs + 200, 'resolver', resolver(run));
  machine.close(atMs + 300, 'shim');
  machine.namespaces(atMs + 300, [HOST]);
}
