import assert from 'node:assert/strict';
import test from 'node:test';
import { array, constantFrom, assert as holds, oneof, property, string, stringMatching } from 'fast-check';
import { withoutSecretsIn, withoutSecretWords } from './secret-arguments.ts';

const shown = (line: string): string => withoutSecretWords(line.split('|')).join('|');

test('secrets of command lines are withheld, and what says what the program does stays', () => {
  const cases: readonly (readonly [line: string, shown: string])[] = [
    ['mysqldump|-u|root|-phunter2|shop', 'mysqldump|-u|root|-p[withheld]|shop'],
    ['mysql|-p|shop', 'mysql|-p|shop'],
    ['/usr/bin/mysql|--password=hunter2|-h|db', '/usr/bin/mysql|--password=[withheld]|-h|db'],
    ['app|--db-password|hunter2|--port|80', 'app|--db-password|[withheld]|--port|80'],
    ['app|--password|--port|80', 'app|--password|--port|80'],
    ['env|PGPASSWORD=hunter2|psql', 'env|PGPASSWORD=[withheld]|psql'],
    ['app|--api-key=k123|--token|t0k', 'app|--api-key=[withheld]|--token|[withheld]'],
    ['curl|-u|bob:hunter2|https://x/', 'curl|-u|bob:[withheld]|https://x/'],
    ['curl|-ubob:hunter2|https://x/', 'curl|-ubob:[withheld]|https://x/'],
    ['curl|-H|Authorization: Bearer abc.def', 'curl|-H|Authorization: Bearer [withheld]'],
    ['git|clone|https://bob:hunter2@host/x', 'git|clone|https://bob:[withheld]@host/x'],
    ['sshpass|-p|hunter2|ssh|host', 'sshpass|-p|[withheld]|ssh|host'],
    ['openssl|rsa|-passin|pass:hunter2', 'openssl|rsa|-passin|pass:[withheld]'],
    ['sh|-c|mysqldump -phunter2 shop', 'sh|-c|mysqldump -p[withheld] shop'],
    ['smbclient|-U|bob%hunter2|//x/y', 'smbclient|-U|bob%[withheld]|//x/y'],
    // No secrets.
    ['docker|run|-p|80:80|nginx', 'docker|run|-p|80:80|nginx'],
    ['nc|-l|-p|4444', 'nc|-l|-p|4444'],
    ['app|--password-file=/run/secrets/x', 'app|--password-file=/run/secrets/x'],
    ['app|--ssl-key=/etc/ssl/key.pem', 'app|--ssl-key=/etc/ssl/key.pem'],
    ['openssl|rsa|-passin|file:/x', 'openssl|rsa|-passin|file:/x'],
    ['/usr/bin/keyboard|--layout=de', '/usr/bin/keyboard|--layout=de'],
    ['ssh-agent|-a|/tmp/agent', 'ssh-agent|-a|/tmp/agent'],
  ];
  for (const [line, expected] of cases) assert.equal(shown(line), expected);
});

test('secrets in lines of scripts and tables are withheld, behind sudo, in quotes and after another program', () => {
  const cases: readonly (readonly [line: string, shown: string])[] = [
    ['cd /x && mysqldump -u root  -phunter2 shop', 'cd /x && mysqldump -u root  -p[withheld] shop'],
    ['sudo -u bob curl -u "admin:s3 cret" http://x/', 'sudo -u bob curl -u "admin:[withheld] http://x/'],
    ['tar -p x; nc -l -p 4444', 'tar -p x; nc -l -p 4444'],
    ['sh -c "mysqldump -phunter2 shop"', 'sh -c "mysqldump -p[withheld] shop"'],
    ['export AWS_SECRET_KEY=abc', 'export AWS_SECRET_KEY=[withheld]'],
    ['password = "two words" # x', 'password = [withheld] # x'],
    ['bob:$y$j9T$abcdefgh$SECRETSECRET:19000:0:::', 'bob:[withheld]:19000:0:::'],
    ["usermod -p '$6$salt$SECRETSECRET' bob", "usermod -p '[withheld]' bob"],
    ['deb https://bob:hunter2@host/ x y', 'deb https://bob:[withheld]@host/ x y'],
    ['ldapsearch -w hunter2 -x', 'ldapsearch -w [withheld] -x'],
    ["echo '5$ and \\$HOME' \t| cat", "echo '5$ and \\$HOME' \t| cat"],
    ['/usr/local/bin/backup --key /etc/key.pem', '/usr/local/bin/backup --key /etc/key.pem'],
  ];
  for (const [line, expected] of cases) assert.equal(withoutSecretsIn(line), expected);
  // Nothing is lost of what is no secret, however it is quoted.
  const plain = stringMatching(/^[ \t"'a-d;|&]{0,40}$/);
  holds(property(plain, (line) => assert.equal(withoutSecretsIn(`${line} key`), `${line} key`)));
});

test('any words give as many words, and again the same', () => {
  const word = oneof(string(), constantFrom('-p', '--password', 'mysql', 'curl', '-u', 'Bearer', 'token=', ' '));
  holds(
    property(array(word), (words) => {
      const once = withoutSecretWords(words);
      assert.equal(once.length, words.length);
      assert.deepEqual(withoutSecretWords(once).length, words.length);
    }),
  );
});

test('what stands after the name of a secret is never shown', () => {
  const secret = stringMatching(/^[a-z0-9!$%&*+]{6,30}$/);
  holds(
    property(constantFrom('--password=', 'DB_PASSWD=', '--client-secret=', 'token:'), secret, (name, value) => {
      assert.ok(
        !withoutSecretWords(['app', `${name}${value}Z`])
          .join(' ')
          .includes(`${value}Z`),
      );
    }),
  );
});
