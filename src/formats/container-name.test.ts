import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { containerNameOf } from './container-name.ts';

const ID = '4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01';

test('containerNameOf() knows the engines', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [`0::/system.slice/docker-${ID}.scope\n`, '4c01db0b339c'],
    [`12:pids:/docker/${ID}\n0::/\n`, '4c01db0b339c'],
    [`0::/machine.slice/libpod-${ID}.scope/container`, '4c01db0b339c'],
    [`0::/kubepods.slice/kubepods-besteffort.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`, '4c01db0b339c'],
    ['0::/lxc.payload.web-1/system.slice/nginx.service', 'web-1'],
    ['0::/lxc/web-1', 'web-1'],
    [String.raw`0::/machine.slice/machine-deb\x2dbuild.scope/payload`, 'deb-build'],
    ['0::/machine.slice/systemd-nspawn@deb.service/payload', 'deb'],
    ['0::/system.slice/docker.service', undefined],
    ['0::/user.slice/user-1000.slice/session-3.scope', undefined],
    ['', undefined],
  ];
  for (const [cgroup, name] of cases) assert.equal(containerNameOf(cgroup)?.name, name, cgroup);
  assert.equal(containerNameOf(`0::/system.slice/docker-${ID}.scope`)?.id, ID);
});

test('containerNameOf() takes any text, and gives short names', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => (containerNameOf(text)?.name.length ?? 0) <= 600));
});
