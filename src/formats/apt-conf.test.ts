import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { makeTemp } from '#test/lab/temp.ts';
import { parseAptConf } from './apt-conf.ts';

const TEXT = `// comment with "quotes"
DPkg::Post-Invoke {"rm -f /var/cache/apt/*.bin || true"; "echo // no comment";};
APT { Update { Pre-Invoke:: "/tmp/x; id"; }; };
# DPkg::Pre-Invoke { "no"; };
/* DPkg::Pre-Invoke { "no"; }; */
DPkg::Pre-Install-Pkgs:: "/usr/sbin/dpkg-preconfigure --apt || true";
Acquire::http::Proxy-Auto-Detect "/opt/detect";
`;

test('parseAptConf() reads nested scopes, lists and comments', () => {
  const { settings, rejects } = parseAptConf(TEXT);
  assert.deepEqual(rejects, []);
  assert.deepEqual(
    settings.map(({ name, value }) => `${name} = ${value}`),
    [
      'DPkg::Post-Invoke:: = rm -f /var/cache/apt/*.bin || true',
      'DPkg::Post-Invoke:: = echo // no comment',
      'APT::Update::Pre-Invoke:: = /tmp/x; id',
      'DPkg::Pre-Install-Pkgs:: = /usr/sbin/dpkg-preconfigure --apt || true',
      'Acquire::http::Proxy-Auto-Detect = /opt/detect',
    ],
  );
});

test('parseAptConf() agrees with apt-config', {
  skip: existsSync('/usr/bin/apt-config') ? false : 'needs apt',
}, async () => {
  await using temp = await makeTemp();
  const file = join(temp.path, 'apt.conf');
  writeFileSync(file, TEXT);
  const dump = execFileSync('/usr/bin/apt-config', ['dump'], { env: { APT_CONFIG: file }, encoding: 'utf8' });
  for (const { name, value } of parseAptConf(TEXT).settings) assert.ok(dump.includes(`${name} "${value}";`), name);
  for (const line of dump.split('\n').filter((text) => text.startsWith('APT::Update::Pre-Invoke::')))
    assert.ok(
      parseAptConf(TEXT).settings.some(({ name, value }) => line === `${name} "${value}";`) || !line.includes('/tmp/x'),
      line,
    );
});

/** Each is a command that apt runs; what apt refuses as a whole may be shown as well. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'DPkg::Post-Invoke {/tmp/x;};': ['/tmp/x'],
  "DPkg::Post-Invoke {'/tmp/x';};": ["'/tmp/x'"],
  'DPkg::Post-Invoke { "a" "/tmp/x"; };': ['/tmp/x'],
  'DPkg::Post-Invoke {"a"\n"/tmp/x";};': ['/tmp/x'],
  'DPkg::Post-Invoke {"a" "/tmp" "/x";};': ['/tmp /x'],
  '"DPkg::Post-Invoke" "/tmp/x";': ['/tmp/x'],
  'DPkg::Post-Invoke "/tmp""/x" "-v";': ['/tmp/x -v'],
  'DPkg { Post-Invoke:: "a"; "Post-Invoke" {b;}; };': ['a', 'b'],
  'DPkg::Post-Invoke { "a";; "b" };': ['a', 'b'],
};

test('parseAptConf() finds every command that apt-config finds, however it is quoted', {
  skip: existsSync('/usr/bin/apt-config') ? false : 'needs apt',
}, async () => {
  await using temp = await makeTemp();
  const file = join(temp.path, 'apt.conf');
  for (const [text, commands] of Object.entries(COMMANDS)) {
    writeFileSync(file, `${text}\n`);
    const dump = execFileSync('/usr/bin/apt-config', ['dump'], { env: { APT_CONFIG: file }, encoding: 'utf8' });
    const { settings, rejects } = parseAptConf(text);
    assert.deepEqual(rejects, [], text);
    const values = settings.filter(({ name }) => /^dpkg::post-invoke/i.test(name)).map(({ value }) => value);
    assert.deepEqual(values, commands, text);
    for (const command of commands)
      assert.ok(
        dump.split('\n').some((line) => /^DPkg::Post-Invoke/i.test(line) && line.endsWith(` "${command}";`)),
        `apt: ${text}`,
      );
  }
});

test('parseAptConf() gives what is included, and no comment that looks like it', () => {
  const { settings } = parseAptConf('# include "/no";\n#include "/tmp/x.conf";\n  #includes "/no";\nA "b";\n');
  assert.deepEqual(settings, [
    { name: '#include', value: '/tmp/x.conf' },
    { name: 'A', value: 'b' },
  ]);
});

test('parseAptConf() ends for any text, and what cannot be read is a reject', () => {
  assert.deepEqual(parseAptConf('A "b"\n}').rejects, ['}']);
  assert.deepEqual(parseAptConf('A "never closed').settings, []);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(parseAptConf(text).settings)));
});
