import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, constantFrom, assert as holds, property } from 'fast-check';
import { parseSshClientConfig } from './ssh-client-config.ts';

const short = (text: string): string[] =>
  parseSshClientConfig(text).rows.map(({ line, keyword, value, under }) => `${line} ${keyword}=${value} (${under})`);

test('what runs, by its host; other settings are passed over', () => {
  const text = `# mine
ForwardAgent yes
proxycommand /opt/everywhere %h
Host *.example.org
  ProxyCommand=sh -c "nc %h 'x" # not a comment
\tPermitLocalCommand yes
  "LocalCommand" = "/opt/local %n"
Match host db exec "/opt/asks %h" user bob
  KnownHostsCommand /opt/known
Match all
PKCS11Provider none
Include conf.d/* ~/.ssh/more
`;
  assert.deepEqual(short(text), [
    '3 ProxyCommand=/opt/everywhere %h ()',
    `5 ProxyCommand=sh -c "nc %h 'x" # not a comment (Host *.example.org)`,
    '6 PermitLocalCommand=yes (Host *.example.org)',
    '7 LocalCommand=/opt/local %n (Host *.example.org)',
    '8 Match=/opt/asks %h (Match host db exec "/opt/asks %h" user bob)',
    '9 KnownHostsCommand=/opt/known (Match host db exec "/opt/asks %h" user bob)',
    '11 PKCS11Provider=none (Match all)',
    '12 Include=conf.d/* ~/.ssh/more (Match all)',
  ]);
});

test('every line is a row, passed over, or odd', () => {
  holds(
    property(array(constantFrom('ProxyCommand', 'Host a', ' = x', '"', 'match exec', '\0', 'a b', ' ')), (lines) => {
      const text = lines.join('\n');
      const { rows, skipped, odd } = parseSshClientConfig(text);
      const ignored = odd.filter((line) => line.ignored).length;
      const count = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
      assert.equal(rows.length + skipped + ignored, count);
    }),
  );
});
