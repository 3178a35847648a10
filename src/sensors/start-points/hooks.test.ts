import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor from '../start-points.ts';

test('what apt includes is read wherever it lies, and a hook of one program of apt counts', async () => {
  await using temp = await makeTemp();
  plant(temp.path, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'etc/apt/apt.conf.d/99x': '#include "/srv/more";\nbinary::apt::DPkg::Pre-Invoke {/opt/one;};\n',
    'srv/more/a.conf': 'DPkg::Post-Invoke {"/opt/two";};\n#include "/srv/last.conf";\n',
    'srv/last.conf': 'Dir::Etc::main "/srv/more";\nDPkg::Post-Invoke {"/opt/three";};\n',
  });
  const { rows } = await sensor.look(hostAt(temp.path), AbortSignal.timeout(10_000));
  assert.deepEqual(rows.map(({ kind, path, command }) => `${kind} in ${path}: ${command}`).sort(), [
    'apt hook in /etc/apt/apt.conf.d/99x: /opt/one',
    'apt hook in /srv/last.conf: /opt/three',
    'apt hook in /srv/more/a.conf: /opt/two',
    'apt settings file in /etc/apt/apt.conf.d/99x: /srv/more',
    'apt settings file in /srv/last.conf: /srv/more',
    'apt settings file in /srv/more/a.conf: /srv/last.conf',
  ]);
});
