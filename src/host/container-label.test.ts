import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '#model/host.ts';
import { containerLabel } from './container-label.ts';

const ID = '4c01db0b339c'.padEnd(64, 'a');
const UID = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';

function labelOf(cgroup: string, text: Readonly<Record<string, string>> = {}, pods: readonly string[] = []) {
  const missing = (path: string): Failure => ({ error: 'ENOENT', path });
  return containerLabel(
    {
      read: (path) => (text[path] === undefined ? missing(path) : Buffer.from(text[path])),
      list: (path) => (path === '/var/log/pods' && pods.length > 0 ? [...pods] : missing(path)),
    },
    cgroup,
  );
}

test('a container is called by its name in the files of its engine, else by its short id', () => {
  const docker = `0::/system.slice/docker-${ID}.scope\n`;
  assert.equal(labelOf(docker), ID.slice(0, 12));
  assert.equal(labelOf(docker, { [`/var/lib/docker/containers/${ID}/config.v2.json`]: '{"Name":"/web"}' }), 'web');
  const list = { '/var/lib/containers/storage/overlay-containers/containers.json': `[{"id":"${ID}","names":["db"]}]` };
  assert.equal(labelOf(`0::/machine.slice/libpod-${ID}.scope/container\n`, list), 'db');
  assert.equal(labelOf('0::/system.slice/ssh.service\n'), undefined);
});

test('in Kubernetes it is called by namespace and pod, without what is drawn at each start', () => {
  const under = UID.replaceAll('-', '_');
  const forms = [
    `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${under}.slice/cri-containerd-${ID}.scope\n`,
    `0::/kubepods.slice/kubepods-pod${under}.slice/crio-${ID}.scope\n`,
    `4:pids:/kubepods/burstable/pod${UID}/${ID}\n`,
  ];
  for (const cgroup of forms) {
    assert.equal(labelOf(cgroup, {}, ['other_x_1', `shop_web-7d4b9c5d6f-x2x4z_${UID}`]), 'shop/web');
    assert.equal(labelOf(cgroup, {}, [`shop_proxy-x2x4z_${UID}`]), 'shop/proxy');
    assert.equal(labelOf(cgroup, {}, [`shop_db-0_${UID}`]), 'shop/db-0');
    assert.equal(labelOf(cgroup, {}, [`../x_${UID}`]), ID.slice(0, 12), 'no name of a pod');
    assert.equal(labelOf(cgroup), ID.slice(0, 12));
  }
});
