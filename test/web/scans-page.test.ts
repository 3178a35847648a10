/** Scans and blocks in real Chromium: who scans, the picture, and blocking by mouse and by keyboard alone. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type BrowserRig, openBrowserRig, skip } from './browser.ts';
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

async function openAt(path: string, more?: Parameters<BrowserRig['openLoggedIn']>[0]): Promise<Page> {
  const page = await browser.openLoggedIn(more);
  await page.goto(`${rig.web.address}/#/${path}`);
  return page;
}

/** Colours that were drawn in a part of the canvas, as [red, green, blue, how often]. */
const drawn = `(() => {
  const canvas = document.querySelector('.picture canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let marks = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) marks += 1;
  return [marks, canvas.width, canvas.height];
})()`;

test('who scans: sources with what answered, how sure it is, until when it is blocked, and the way to the alert', {
  skip,
}, async () => {
  const page = await browser.openLoggedIn();
  await page.getByRole('link', { name: 'Scans', exact: true }).click();
  await page.getByRole('heading', { name: 'Two scans go on now.' }).waitFor();
  await page.getByText('7 scans from 7 sources').waitFor();
  const first = page.locator('article').first();
  const text = await first.innerText();
  assert.match(text, /198\.51\.100\.7\s+SYN scan \(nmap -sS\)/);
  assert.match(text, /16 of 18 ports closed, 2 open\.\s+Answered: 22, 80\./);
  assert.match(text, /completed a handshake/);
  // Its name stands in quotes: it is what its network claims.
  assert.match(text, /"scanner-7\.example\.net", AS64500 Example Net, Netherlands \(NL\)/);
  assert.match(text, /Blocked for another 2 h/);
  assert.equal(await page.locator('article').count(), 8);
  assert.match(
    await page.locator('article', { hasText: 'Scan behind decoys' }).innerText(),
    /most likely 198\.51\.100\.90/,
  );
  assert.equal(await page.locator('article', { hasText: 'decoys' }).getByRole('button', { name: 'Block…' }).count(), 0);
  await page.getByRole('button', { name: '7 days' }).click();
  await page.getByText('In the last 7 days').waitFor();
  await first.getByRole('link', { name: '198.51.100.7' }).click();
  await until('the alert', () => page.url().includes('#/alert/0193a4f0-7777'));
  // By keyboard: the draft of a letter to its network, with what speaks against it. It is only to be copied.
  await page.getByText('Draft of a letter to its network').focus();
  await page.keyboard.press('Enter');
  await page.getByText(/^Subject: Abuse from 198\.51\.100\.7: SYN scan/).waitFor();
  await page.getByText(/\(documentation\) belong to nobody on the Internet/).waitFor();
  await page.getByRole('heading', { name: /^SYN scan/ }).waitFor();
  await page.getByRole('row', { name: /^first \d+ \w+ \d{4}, \d\d:\d\d:\d\d/ }).waitFor();
  await page.keyboard.press('b');
  await page.getByRole('dialog').getByText('198.51.100.7', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.context().close();
});

test('the picture is drawn, is told in words, and shows one scan alone by mouse or from its address', {
  skip,
}, async () => {
  const page = await openAt('scans');
  await page.locator('.picture canvas').waitFor();
  const [marks = 0] = await page.evaluate<number[]>(drawn);
  assert.ok(marks > 500, `${marks} pixels`);
  const told = await page.locator('figure ul.unseen li').allInnerTexts();
  assert.equal(told.length, 8);
  assert.match(told[1] ?? '', /203\.0\.113\.80: slow scan .* \(spread out\); 61 of 61 ports closed, nothing answered/);
  await page.getByRole('button', { name: 'Show only 203.0.113.80 in the picture' }).click();
  await until('in the address', () => page.url().includes('only=0193a4f0-7777-7000-8000-000000000002'));
  const ports = await page.locator('.picture .port').allInnerTexts();
  assert.ok(ports.includes('20') && ports.includes('80') && !ports.includes('65535'), ports.join());
  await page.reload();
  await page.getByRole('button', { name: /^Only 203\.0\.113\.80/ }).click();
  await until('all again', async () => (await page.locator('.picture .port').allInnerTexts()).includes('65535'));
  await page.context().close();
});

test('on a phone the picture fits, with few times below it', { skip }, async () => {
  const page = await openAt('scans', { width: 390, scheme: 'dark' });
  await page.locator('.picture canvas').waitFor();
  const [marks = 0, width = 0] = await page.evaluate<number[]>(drawn);
  assert.ok(marks > 300 && width <= 390, `${marks} pixels, ${width} wide`);
  assert.ok((await page.locator('.picture .time').count()) <= 4);
  await page.context().close();
});

test('by keyboard alone: an address is blocked, refused in the words of the watch, and let in again', {
  skip,
}, async () => {
  const page = await openAt('scans/blocks');
  await page.getByRole('heading', { name: 'Two blocks stand.' }).waitFor();
  await page.keyboard.press('b');
  await page.getByRole('dialog').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Block it' }).isDisabled(), true);
  await page.keyboard.type('192.0.2.300');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('guesses passwords');
  await page.keyboard.press('Enter');
  await page.getByText('it is no IPv4 or IPv6 address').waitFor();
  const address = page.getByLabel('Address or network');
  await address.fill('198.51.100.2');
  await page.keyboard.press('Enter');
  await page.getByText('marta is logged in from there over SSH').waitFor();
  await page.getByText("telltale block 198.51.100.2 --force -m 'guesses passwords'").waitFor();
  await address.fill('192.0.2.1');
  await page.keyboard.press('Enter');
  await page.getByText('gateway of eth0').waitFor();
  assert.equal(await page.getByText('--force -m').count(), 0);
  await address.fill('198.51.100.201');
  await page.keyboard.press('Enter');
  await page
    .getByText(/^198\.51\.100\.201 is blocked until .* \(1 h\)\.$/)
    .first()
    .waitFor();
  await page.getByRole('heading', { name: 'Three blocks stand.' }).waitFor();
  const asked = rig.fake.asked.findLast(({ verb }) => verb === 'block')?.args as Record<string, unknown>;
  assert.deepEqual([asked['target'], asked['reason'], asked['insist']], ['198.51.100.201', 'guesses passwords', false]);

  const row = page.locator('[data-row]', { hasText: '198.51.100.201' });
  await until('it has the focus', async () => {
    await page.keyboard.press('j');
    return (await row.getAttribute('data-row')) === (await page.evaluate('document.activeElement?.dataset.row'));
  });
  await page.keyboard.press('u');
  await page.getByRole('dialog').getByText('198.51.100.201').waitFor();
  await page.keyboard.type('a slip');
  await page.keyboard.press('Enter');
  await page
    .getByText(/^198\.51\.100\.201 is no longer blocked\. Left alone until/)
    .first()
    .waitFor();
  await page.getByRole('heading', { name: 'Two blocks stand.' }).waitFor();
  await page.locator('li.over', { hasText: '198.51.100.201' }).getByText('unblocked by web: a slip').waitFor();
  await page.context().close();
});

test('a source is blocked from its line, with what is known of it in the dialog', { skip }, async () => {
  const page = await openAt('scans');
  const source = page.locator('article', { hasText: '203.0.113.61' });
  await source.getByRole('button', { name: 'Block…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('2 of 2 ports closed on 8 addresses').waitFor();
  assert.equal(await dialog.getByLabel('Address or network').count(), 0);
  await dialog.getByLabel('7 days').check();
  await dialog.getByLabel(/^Reason/).fill('telnet worm');
  await dialog.getByRole('button', { name: 'Block it' }).click();
  await source.getByText('Blocked for another').waitFor();
  await page.locator('aside .target', { hasText: '203.0.113.61' }).waitFor();
  await page.keyboard.press('Escape');
  await source.getByRole('button', { name: 'Unblock…' }).click();
  await page.keyboard.press('Escape');
  await until('closed', async () => (await dialog.count()) === 0);
  await page.context().close();
});

test('a block that the watch puts up after an alert appears by itself', { skip }, async () => {
  const page = await openAt('scans');
  const source = page.locator('article', { hasText: '203.0.113.80' });
  await source.getByRole('button', { name: 'Block…' }).waitFor();
  const [, slow] = rig.fake.answering.scans;
  const [block] = rig.fake.answering.blocks;
  assert.ok(slow && block);
  rig.fake.push({ type: 'alert', alert: slow.alert, update: true });
  await page.waitForTimeout(1500);
  rig.fake.answering.blocks.push({ ...block, id: 'b-late', target: '203.0.113.80' });
  await source.getByText('Blocked for another').waitFor();
  await page.locator('aside .target', { hasText: '203.0.113.80' }).waitFor();
  rig.fake.answering.blocks.pop();
  await page.context().close();
});

test('never blocked: reasons, what a person may overrule, allowing and its end', { skip }, async () => {
  const page = await openAt('scans/never');
  await page.getByRole('row', { name: /192\.0\.2\.1 gateway of eth0 never/ }).waitFor();
  await page.getByRole('row', { name: /198\.51\.100\.2 marta is logged in .* with --force/ }).waitFor();
  await page.getByRole('button', { name: 'Allow an address…' }).click();
  await page.getByLabel('Address or network').fill('198.51.100.128/25');
  await page.getByLabel('For good').check();
  await page.getByLabel(/^Reason/).fill('monitoring');
  await page.keyboard.press('Enter');
  await page.getByText('198.51.100.128/25 is never blocked.').first().waitFor();
  await page.getByRole('button', { name: 'End it… 198.51.100.128/25' }).click();
  await page.getByLabel(/^Reason/).fill('moved');
  await page.keyboard.press('Enter');
  await page.getByText('198.51.100.128/25 is no longer allowed.').first().waitFor();
  await until('gone', async () => (await page.locator('li', { hasText: '198.51.100.128/25' }).count()) === 0);
  await page.context().close();
});

test('the mode is said in words, with what to type to change it; whom it would have blocked', { skip }, async () => {
  for (const [mode, words, next] of [
    ['off', 'Answers are off', 'mode: try'],
    ['try', 'Answers are being tried out', 'mode: on'],
    ['on', 'Answers are on', 'mode: off'],
  ] as const) {
    rig.fake.answering.mode = mode;
    const page = await openAt('scans/blocks');
    await page.getByText(words).waitFor();
    await page.locator('pre', { hasText: next }).waitFor();
    await page.getByText('systemctl restart telltale').waitFor();
    await page.getByRole('link', { name: 'Would block', exact: true }).click();
    await page
      .getByText('Of 8 alerts that answers look at: 3 blocks would have been put up, 1 source left alone.')
      .waitFor();
    await page.getByRole('row', { name: /203\.0\.113\.80 left alone allowed by marta/ }).waitFor();
    await page.context().close();
  }
});

test('who knocked stands on the overview; hostile names are text everywhere', { skip }, async () => {
  const page = await browser.openLoggedIn();
  await page.getByRole('heading', { name: 'Who knocked today' }).waitFor();
  await page.getByRole('row', { name: '198.51.100.7 18 doors blocked' }).waitFor();
  for (const path of ['scans', 'scans/blocks']) {
    await page.goto(`${rig.web.address}/#/${path}`);
    await page
      .getByText(/<img src=x/)
      .first()
      .waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.doesNotMatch(await page.locator('body').innerText(), /(?![\n\t])\p{Cc}|\p{Cf}/u);
  }
  await page.context().close();
});

test('every control of these pages is reached with Tab and shows that it has the focus', { skip }, async () => {
  for (const path of ['scans', 'scans/blocks', 'scans/never']) {
    const page = await openAt(path);
    // Anew, so that Tab begins at the top.
    await page.reload();
    await page.locator('h1').waitFor();
    await page.waitForTimeout(300);
    const wanted = Number(
      await page.evaluate('document.querySelectorAll("a[href], button:not([disabled]), input").length'),
    );
    const seen = new Set<string>();
    for (let presses = 0; presses <= wanted; presses += 1) {
      await page.keyboard.press('Tab');
      const [what, outline] = await page.evaluate<[string, string]>(
        'const e = document.activeElement; const b = e.getBoundingClientRect(); [e.outerHTML.slice(0, 200) + (b.top + scrollY) + " " + b.left, getComputedStyle(e).outlineStyle]',
      );
      if (what.startsWith('<body')) break;
      assert.equal(outline, 'solid', what);
      seen.add(what);
    }
    assert.ok(seen.size >= wanted, `${path}: ${seen.size} of ${wanted}`);
    await page.context().close();
  }
});

test('when nobody scans and nobody is blocked, it is said in plain words', { skip }, async () => {
  rig.fake.clear();
  const page = await openAt('scans');
  await page.getByRole('heading', { name: 'Nobody scans this host now.' }).waitFor();
  await page.getByText('None was heard in the last 24 hours.').waitFor();
  await page.getByText('No scan in this time.').waitFor();
  await page.getByText('Nobody is blocked.', { exact: true }).waitFor();
  await page.goto(`${rig.web.address}/#/scans/blocks`);
  await page.getByRole('heading', { name: 'Nobody is blocked.' }).waitFor();
  await page.goto(`${rig.web.address}/#/scans/never`);
  await page.getByText('Nobody has been allowed by hand.').waitFor();
  await page.context().close();
  assert.deepEqual(browser.complaints, []);
});
