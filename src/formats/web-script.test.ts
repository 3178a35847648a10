import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { languageInside, languageOf, webRootsIn, webTricksOf } from './web-script.ts';

test('languageOf() knows scripts, hidden ones too, and passes over what is only sent', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['index.php', 'PHP'],
    ['x.PhTml', 'PHP'],
    ['x.php.jpg', 'PHP'],
    ['.htaccess', 'settings'],
    ['shell.jsp', 'JSP'],
    ['a.css', ''],
    ['photo.jpg', ''],
    ['php', ''],
  ];
  for (const [name, language] of cases) assert.equal(languageOf(name), language, name);
  assert.equal(languageInside('GIF89a<?php system($_GET[0]);'), 'PHP');
  assert.equal(languageInside('plain'), '');
});

test('webTricksOf() finds web shells and nothing in ordinary pages', () => {
  const shells = [
    '<?php system($_GET["c"]); ?>',
    '<?php @eval($_POST[x]);',
    '<?php eval(base64_decode("aGk="));',
    '<?php $f=$_GET["f"]; $f($_POST["a"]);',
    '<% Runtime.getRuntime().exec(request.getParameter("c")); %>',
    'import os\nos.system(os.environ["QUERY_STRING"])',
    'php_value auto_prepend_file /tmp/x.php',
    'AddType application/x-httpd-php .jpg',
  ];
  for (const text of shells) assert.notDeepEqual(webTricksOf(text), [], text);
  for (const text of [
    '<?php echo htmlspecialchars($_GET["q"]); require "config.php"; ?>',
    '<?php $x = base64_decode($row);',
  ])
    assert.deepEqual(webTricksOf(text), [], text);
});

test('webRootsIn() reads nginx and Apache', () => {
  assert.deepEqual(webRootsIn('server {\n root /srv/site/;\n # root /no;\n root $x;\n}\nDocumentRoot "/var/www/a"\n'), [
    '/srv/site',
    '/var/www/a',
  ]);
});

test('readers of web scripts end for any text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => Array.isArray(webTricksOf(text)) && Array.isArray(webRootsIn(text)) && languageOf(text).length >= 0,
    ),
  );
});
