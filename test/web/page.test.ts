/** The page in real Chromium: what people see and do, by mouse and by keyboard alone, light, dark and on a phone. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type BrowserRig, contrast, type Look, openBrowserRig, skip } from './browser.ts';
import { until, type WebRig } from './rig.ts';

let browser: BrowserRig;
let rig: WebRig;

before(async () => {
  if (skip !== false) return;
  browser = await openBrowserRig();
  rig = browser.rig;
});
after(async () => {
  await browser?.[Symbol.asyncDispose]();
});

const open = async (): Promise<Page> => await browser.open();
const openLoggedIn = async (more?: Look): Promise<Page> => await browser.openLoggedIn(more);

test('who is not logged in is told what to type; a link logs in once and leaves the address', { skip }, async () => {
  const page = await open();
  await page.goto(rig.web.address);
  await page.getByText('telltale web', { exact: true }).waitFor();
  assert.doesNotMatch(await page.content(), /nc opened/);
  const link = await rig.link();
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('heading', { name: /Choose a password/ }).waitFor();
  assert.equal(new URL(page.url()).hash, '');
  const other = await open();
  await other.goto(link);
  await other.getByText(/This link was used already/).waitFor();
  await Promise.all([page.context().close(), other.context().close()]);
});

test('a password is chosen, logs in the next time, and a wrong one does not', { skip }, async () => {
  const page = await open();
  await page.goto(await rig.link());
  await page.getByLabel(/^Password/).fill('too short');
  assert.equal(await page.getByRole('button', { name: 'Set the password' }).isDisabled(), true);
  await page.getByLabel(/^Password/).fill('a sentence is good');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Open doors' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: /Log in/ }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: /Log in/ }).waitFor();
  assert.equal(await page.evaluate('document.activeElement?.type'), 'password');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the password.').waitFor();
  await page.getByLabel('Password').fill('a sentence is good');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Open doors' }).waitFor();
  await page.context().close();
  rig.fake.password = '';
});

test('the overview says it in one sentence, groups by cause and shows what is blind', { skip }, async () => {
  const page = await openLoggedIn();
  assert.match(await page.locator('h1').innerText(), /^Three things changed/);
  await page.getByText('Two changes from one parent process').waitFor();
  assert.equal(await page.locator('article').count(), 3);
  assert.equal(await page.locator('article .button.act').count(), 1, 'one primary act an incident');
  assert.match(await page.locator('aside').innerText(), /eBPF blind/);
  assert.match(await page.title(), /^\(3\) web-03/);
  await page.context().close();
});

test('hostile names stand there as text', { skip }, async () => {
  const page = await openLoggedIn();
  await page.goto(`${rig.web.address}/#/alert/${rig.fake.changes[0]?.alerts[0]?.id}`);
  const shown = page.locator('.itself');
  await shown.waitFor();
  assert.match(await shown.innerText(), /<img src=x onerror=alert\(1\)> \\u\{1b\}\[2J \\u\{202e\}gnp\.exe$/);
  await page.goto(`${rig.web.address}/#/sockets`);
  await page
    .getByText(/<img src=x/)
    .first()
    .waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.doesNotMatch(await page.locator('body').innerText(), /(?![\n\t])\p{Cc}|\p{Cf}/u);
  await page.context().close();
});

test('sockets: marks, filter in the address, sort, detail, connections, and new rows by themselves', {
  skip,
}, async () => {
  const page = await openLoggedIn();
  await page.goto(`${rig.web.address}/#/sockets?filter=user+www-data`);
  const rows = page.locator('tbody tr[data-row]');
  await until('two rows', async () => (await rows.count()) === 2);
  await page.keyboard.press('/');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('port 443');
  await until('nginx only', async () => (await rows.allInnerTexts()).every((text) => text.includes('nginx')));
  assert.match(page.url(), /filter=port\+443/);
  await page.locator('[data-filter]').fill('nothing like this');
  await page.getByText('No socket fits').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await until('all rows', async () => (await rows.count()) === 16);
  assert.match((await rows.first().getAttribute('class')) ?? '', /new/);
  await page.getByRole('button', { name: 'Program' }).click();
  assert.equal(await page.locator('th[aria-sort="ascending"]').innerText(), 'Program ↑');
  await page.getByRole('button', { name: 'tcp *:4444' }).click();
  await page.locator('.detail').getByText('no rule of the packet filter drops it').waitFor();
  await page.getByLabel('with connections').check();
  await page.getByText('203.0.113.9:51234').waitFor();
  rig.fake.openListener(31_337);
  rig.fake.push({ type: 'look', table: 'sockets', nowMs: Date.now() });
  await page.getByText('tcp *:31337').waitFor();
  await page.context().close();
});

test('a whole incident is seen at once, and taken back at once', { skip }, async () => {
  const page = await openLoggedIn();
  await page.getByRole('button', { name: 'I have seen all 2' }).click();
  await until('one is left', async () => (await page.locator('article').count()) === 1);
  const acked = rig.fake.asked.findLast((one) => one.verb === 'ack');
  assert.ok(acked);
  assert.equal((acked.args as { ids: string[] }).ids.length, 2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Taken back: it is told again as before.').first().waitFor();
  await until('all three again', async () => (await page.locator('article').count()) === 3);
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
  await page.context().close();
});

test('a long incident: its gravest three in full, three by title, the rest folded; each page has its own title', {
  skip,
}, async () => {
  const [change] = rig.fake.changes;
  const [alert] = change?.alerts ?? [];
  assert.ok(change && alert);
  const many = Array.from({ length: 8 }, (_, index) => ({
    ...alert,
    id: `0193a4f0-9999-7000-8000-00000000000${index}`,
  }));
  rig.fake.changes[0] = { incident: { ...change.incident, count: 8 }, alerts: many };
  const page = await openLoggedIn();
  const long = page.locator('section.change').first();
  assert.equal(await long.locator('article.brief').count(), 5);
  assert.equal(await long.locator('article:not(.brief) .body > p').count(), 3);
  assert.equal(await page.locator('article.brief .body > p').count(), 0);
  const rest = page.locator('details.rest');
  assert.equal(await rest.locator('article').count(), 2);
  for (let step = 0; step < 12; step += 1) await page.keyboard.press('j');
  const at = page.locator(':focus');
  assert.ok((await at.isVisible()) && !(await rest.locator(':focus').count()), 'j does not step into what is folded');
  await rest.getByText('2 more').click();
  await until('they are seen', () => rest.locator('article').last().isVisible());
  rig.fake.changes[0] = change;
  await page.goto(`${rig.web.address}/#/sockets`);
  await until('the title', async () => (await page.title()).endsWith('Sockets · web-03 · telltale'));
  await page.context().close();
});

test('of many causes those that are only to note are folded behind the first', { skip }, async () => {
  const change = rig.fake.changes.at(-1);
  const [alert] = change?.alerts ?? [];
  assert.ok(change && alert);
  const before = [...rig.fake.changes];
  for (let index = 0; index < 30; index += 1) {
    const id = `0193a4f0-8888-7000-8000-0000000000${String(index).padStart(2, '0')}`;
    const finding = { ...alert.finding, severity: 'info' as const };
    const note = { ...alert, id, incident: id, finding };
    rig.fake.changes.push({ incident: { ...change.incident, id, count: 1 }, alerts: [note] });
  }
  const page = await openLoggedIn();
  const folded = page.locator('details.lower');
  await folded.getByText(/^2\d more causes, only to note$/).waitFor();
  assert.equal(await folded.locator('article').first().isVisible(), false);
  rig.fake.changes.splice(0, rig.fake.changes.length, ...before);
  await page.context().close();
});

test('by keyboard alone: to an alert, its dialog, the dry run, and accepted', { skip }, async () => {
  const page = await openLoggedIn();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  assert.match(String(await page.evaluate('document.activeElement?.textContent')), /postgres now also/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Who did it' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await page.getByRole('heading', { name: 'Open doors' }).waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('a');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('also have quieted 14 alerts').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Accept as normal' }).isDisabled(), true);
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate('document.activeElement?.value'), 'program');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('replica, ticket 4411');
  await page.keyboard.press('Enter');
  await page
    .getByText(/^Accepted as normal/)
    .first()
    .waitFor();
  await until('one less', async () => (await page.locator('article').count()) === 2);
  const accepted = rig.fake.asked.findLast((one) => one.verb === 'accept');
  assert.ok(accepted);
  const { ids, ...rest } = accepted.args as { ids: string[] };
  assert.equal(ids.length, 1);
  assert.deepEqual(rest, { reason: 'replica, ticket 4411', scope: 'program', untilMs: 0, dryRun: false });
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keys and signs' }).waitFor();
  await page.keyboard.press('Escape');
  await until('closed', async () => (await page.getByRole('dialog').count()) === 0);
  await page.context().close();
});

test('every control is reached with Tab and shows that it has the focus', { skip }, async () => {
  const page = await openLoggedIn();
  const wanted = Number(
    await page.evaluate('document.querySelectorAll("a[href], button:not([disabled]), input").length'),
  );
  const seen = new Set<string>();
  for (let presses = 0; presses <= wanted; presses += 1) {
    await page.keyboard.press('Tab');
    const [what, outline] = await page.evaluate<[string, string]>(
      'const e = document.activeElement; [e.outerHTML.slice(0, 300) + e.getBoundingClientRect().top, getComputedStyle(e).outlineStyle]',
    );
    if (what.startsWith('<body')) break;
    assert.equal(outline, 'solid', what);
    seen.add(what);
  }
  assert.ok(seen.size >= wanted, `${seen.size} of ${wanted}`);
  await page.context().close();
});

test('names without end make no page wider, and long facts are folded', { skip }, async () => {
  const [first] = rig.fake.changes;
  const [alert, other] = first?.alerts ?? [];
  assert.ok(first !== undefined && alert !== undefined && other !== undefined);
  const endless = (name: string) => `${name} /tmp/${'A'.repeat(300)}`;
  const facts = { ...alert.finding.facts, comment: endless('comment') };
  const alerts = [
    { ...alert, finding: { ...alert.finding, title: endless('nc runs'), facts } },
    { ...other, finding: { ...other.finding, title: endless('cron runs') } },
  ];
  rig.fake.changes[0] = { ...first, alerts };
  const page = await openLoggedIn({ width: 390 });
  for (const path of ['', `alert/${alert.id}`]) {
    await page.goto(`${rig.web.address}/#/${path}`);
    await page.waitForTimeout(200);
    const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
    assert.ok(width <= 390, `${path} is ${width} px wide`);
  }
  assert.equal(await page.locator('td details:not([open])').count(), 1);
  rig.fake.changes[0] = first;
  await page.context().close();
});

test('on a phone, in light and dark, nothing makes the page scroll sideways', { skip }, async () => {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await openLoggedIn({ scheme, width: 390 });
    for (const path of [
      '',
      'sockets',
      'sockets?connections=1',
      `alert/${rig.fake.changes[0]?.alerts[0]?.id}`,
      'quieted',
      'scans',
      'scans?only=0193a4f0-7777-7000-8000-000000000001',
      'scans/blocks',
      'scans/try',
      'scans/never',
    ]) {
      await page.goto(`${rig.web.address}/#/${path}`);
      await page.waitForTimeout(150);
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      assert.ok(width <= 390, `${path} is ${width} px wide`);
    }
    await page.context().close();
  }
});

test('all text has a contrast of at least 4.5 to 1, in light and in dark', { skip }, async () => {
  for (const scheme of ['light', 'dark'] as const) {
    const page = await openLoggedIn({ scheme });
    for (const path of [
      '',
      'sockets',
      `alert/${rig.fake.changes[0]?.alerts[0]?.id}`,
      'quieted',
      'scans',
      'scans/blocks',
      'scans/try',
      'scans/never',
    ]) {
      await page.goto(`${rig.web.address}/#/${path}`);
      await page.waitForTimeout(200);
      if (path === 'sockets') await page.locator('tbody tr.new button').first().click();
      const found = await page.evaluate<[number, string][]>(contrast);
      assert.ok(found.length > 10, `${path}: only ${found.length} texts`);
      const [least] = found;
      assert.ok((least?.[0] ?? 0) >= 4.5, `${scheme} ${path}: ${JSON.stringify(least)}`);
    }
    await page.context().close();
  }
});

test('a lost connection is said and mends itself; a new alert is announced', { skip }, async () => {
  const page = await openLoggedIn();
  process.kill(rig.web.pid(), 'SIGKILL');
  await page.getByText('No connection to the watch since').waitFor();
  await page.getByText('No connection to the watch since').waitFor({ state: 'detached', timeout: 15_000 });
  const alert = rig.fake.changes[0]?.alerts[0];
  assert.ok(alert);
  rig.fake.push({ type: 'alert', alert, update: false });
  await until('announced', async () =>
    /New change: nc opened/.test(await page.locator('[aria-live="polite"].unseen').innerText()),
  );
  await page.context().close();
});

test('a session that ended by itself is said; who logs out is not told so', { skip }, async () => {
  const page = await openLoggedIn();
  await page.context().clearCookies();
  const alert = rig.fake.changes[0]?.alerts[0];
  assert.ok(alert);
  rig.fake.push({ type: 'alert', alert, update: false });
  await page.getByText('You were logged out: sessions end when').waitFor();
  await page.goto(await rig.link());
  await page
    .getByRole('heading', { name: 'Open doors' })
    .or(page.getByRole('button', { name: 'Not now' }))
    .first()
    .waitFor();
  if (await page.getByRole('button', { name: 'Not now' }).isVisible())
    await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in to see' }).waitFor();
  assert.equal(await page.getByText('You were logged out').count(), 0);
  await page.context().close();
});

test('trouble is told with the next step; an unknown alert too; nothing open is said in plain words', {
  skip,
}, async () => {
  const page = await openLoggedIn();
  await page.goto(`${rig.web.address}/#/alert/7`);
  await page.getByText('Next: telltale changes --all').waitFor();
  rig.fake.failing = true;
  await page.goto(`${rig.web.address}/#/quieted`);
  await page.getByText('journalctl -u telltale').waitFor();
  rig.fake.failing = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('nginx, any port').waitFor();
  rig.fake.clear();
  await page.goto(`${rig.web.address}/#/`);
  await page.reload();
  await page.getByText('Nothing differs from the baseline').waitFor();
  await page.getByText('Nothing is waiting for you.').waitFor();
  await page.context().close();
});

test('the browser found nothing to complain of', { skip }, () => {
  assert.deepEqual(browser.complaints, []);
});

test('the Host page shows every table by tabs, filters and opens rows, and says what was not seen', {
  skip,
}, async () => {
  const page = await openLoggedIn();
  await page.getByRole('link', { name: 'Host', exact: true }).click();
  await page.getByRole('link', { name: 'Accounts', exact: true }).waitFor();
  await page.getByText('1 not in the baseline').waitFor();
  const rows = page.locator('tbody tr');
  assert.match((await rows.first().textContent()) ?? '', /toor.*without a password/);
  await page.getByRole('button', { name: 'marta' }).click();
  await page.locator('.detail').getByText('with a key only').waitFor();
  await page.getByRole('searchbox').fill('zsh');
  await page.getByText('1 of 3 rows').waitFor();
  assert.match(page.url(), /#\/host\?filter=zsh$/);
  await page.getByRole('searchbox').fill('nothing-of-this');
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByText('3 rows').waitFor();
  await page.getByRole('button', { name: 'Groups' }).click();
  await page.getByText('marta, bob').waitFor();
  await page.getByRole('link', { name: 'Start points' }).click();
  await page.getByText('/etc/cron.d/backup').waitFor();
  await page.getByRole('link', { name: 'Coverage' }).click();
  await page.getByText('The watch was stopped').waitFor();
  await page.getByText('Sensor "accounts" cannot look: EIO').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.getByText('1 not in the baseline').waitFor();
  await page.context().close();
  assert.deepEqual(browser.complaints, []);
});
