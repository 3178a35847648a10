import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseHistorySettings } from '#formats/history-settings.ts';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor from './shell-history.ts';

const signal = new AbortController().signal;

test('shell-history: links, folders and sizes of those who have a shell, and lines that switch it off', async () => {
  await using folder = await captureFolder({
    '/etc/passwd':
      'root:x:0:0::/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nbob:x:1001:1001::/home/bob:/bin/zsh\n',
    '/root/.bash_history': { link: '/dev/null' },
    '/var/www/.bash_history': 'unseen',
    '/home/bob/.zsh_history': 'x'.repeat(1000),
    '/home/bob/.sh_history': { folder: true, mode: 0o755 },
    '/home/bob/.zshrc': '# HISTSIZE=0\nHISTSIZE=1000\nexport HISTFILE=/dev/null\n',
    '/etc/profile.d/x.sh': 'unset HISTFILE HISTSIZE\n',
    '/etc/bash.bashrc': { folder: true, mode: 0o755 },
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, [{ what: '/etc/bash.bashrc', why: 'EISDIR' }]);
  assert.deepEqual(
    rows.map(
      ({ kind, account, file, state, setting, sizeStep }) =>
        `${kind} ${account} ${file} ${state}${setting} ${sizeStep}`,
    ),
    [
      'setting * /etc/profile.d/x.sh unset HISTFILE HISTSIZE 0',
      'history root /root/.bash_history link to /dev/null 0',
      'history bob /home/bob/.zsh_history file 9',
      'history bob /home/bob/.sh_history folder 0',
      'setting bob /home/bob/.zshrc export HISTFILE=/dev/null 0',
    ],
  );
});

test('shell-history: a history whose account has another home was removed by nobody', async () => {
  const bob = (home: string): string => `bob:x:1001:1001::${home}:/bin/bash\n`;
  await using folder = await captureFolder({
    '/etc/passwd': bob('/home/bob'),
    '/home/bob/.bash_history': 'x'.repeat(1000),
  });
  const files = async () => (await sensor.look(folder.host, signal)).rows.map(({ file }) => file);
  assert.deepEqual(await files(), ['/home/bob/.bash_history']);
  folder.write('/etc/passwd', bob('/tmp/elsewhere'));
  assert.deepEqual(await files(), ['/home/bob/.bash_history']);
  folder.remove('/home/bob/.bash_history');
  assert.deepEqual(await files(), []);
});

test('parseHistorySettings() knows the ways to switch it off, and leaves others be', () => {
  const found = (text: string): boolean => parseHistorySettings(text).length > 0;
  for (const text of [
    'unset HISTFILE',
    'export HISTFILE=/dev/null',
    'HISTFILE=""',
    'HISTFILE=',
    'HISTSIZE=0; ls',
    'export HISTFILESIZE="0"',
    'SAVEHIST=0',
    'set +o history',
    'history -c && exit',
    'rm -f ~/.bash_history',
    'ln -sf /dev/null ~/.bash_history',
    "HISTIGNORE='*'",
    'if true; then unset HISTFILE; fi',
  ])
    assert.ok(found(text), text);
  for (const text of [
    '# unset HISTFILE',
    'HISTSIZE=1000',
    'HISTFILE=~/.h',
    'HISTCONTROL=ignoreboth',
    'shopt -s histappend',
    'SAVEHIST=01',
  ])
    assert.ok(!found(text), text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => parseHistorySettings(text).length <= text.split('\n').length),
  );
});
