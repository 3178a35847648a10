/** The page with its made-up desk in real Chromium. */

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { openWebRig, type WebRig } from './rig.ts';

const executablePath = '/usr/bin/chromium';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Why tests in a browser are left out here; false where there is one. */
export const skip = !existsSync(executablePath) && 'needs Chromium: apt-get install chromium';

/** How a page is looked at; default light, 1280 px. */
export interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

export interface BrowserRig extends AsyncDisposable {
  readonly rig: WebRig;
  /** Whatever a browser complains of: a policy that is broken, a script that fails. */
  readonly complaints: readonly string[];
  open(more?: Look): Promise<Page>;
  /** Logged in by a link, with the overview before it. */
  openLoggedIn(more?: Look): Promise<Page>;
}

/** Starts both. */
export async function openBrowserRig(): Promise<BrowserRig> {
  const rig = await openWebRig();
  const browser: Browser = await chromium.launch({ executablePath, args });
  const complaints: string[] = [];
  const open = async ({ scheme = 'light', width = 1280 }: Look = {}): Promise<Page> => {
    const viewport = { width, height: 844 };
    const context = await browser.newContext({ colorScheme: scheme, viewport, reducedMotion: 'reduce' });
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      const text = message.text();
      if (['error', 'warning'].includes(message.type()) && !/status of 40[0-9]|ERR_/.test(text)) complaints.push(text);
    });
    page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
    return page;
  };
  return {
    rig,
    complaints,
    open,
    openLoggedIn: async (more) => {
      const page = await open(more);
      await page.goto(await rig.link());
      const later = page.getByRole('button', { name: 'Not now' });
      await later
        .or(page.getByRole('heading', { name: 'Open doors' }))
        .first()
        .waitFor();
      if (await later.isVisible()) await later.click();
      await page.getByRole('heading', { name: 'Open doors' }).waitFor();
      return page;
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rig[Symbol.asyncDispose]();
    },
  };
}

/** Contrast (WCAG 2.2, 1.4.3) of all text on the ground that is really behind it, least first, as [ratio, text]. */
export const contrast = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('.unseen, svg, script, noscript, :disabled')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), walker.currentNode.data.trim().slice(0, 40)]);
  }
  return found.sort((x, y) => x[0] - y[0]);
})()`;
