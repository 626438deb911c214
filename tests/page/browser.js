// A Chromium of its own, and pages in it that tell what they ask for.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const FOLDER = process.env.NAM_TEST_PAGES;
const SWITCHES = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Every launch makes a user-data-dir of its own. */
export const launch = () => chromium.launch({ executablePath: process.env.NAM_CHROMIUM, headless: true, args: SWITCHES });

export const text = (name) => readFile(join(FOLDER, name), 'utf8');

/** Opens a report; `address` is what stands behind the # of a link; `before` may look at the page before it is opened. */
export async function open(browser, name, address = '', options = {}, before = () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  await before(page);
  const asked = [];
  const wrong = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) wrong.push(message.text()); });
  page.on('dialog', (dialog) => { wrong.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  const url = pathToFileURL(join(FOLDER, name)).href;
  await page.goto(address ? `${url}#${address}` : url);
  return {
    page,
    /** Nothing went wrong, and nothing but the file itself was asked for. */
    async close() {
      assert.deepEqual(wrong, []);
      assert.deepEqual(asked.filter((other) => other.split('#')[0] !== url && !other.startsWith('blob:')), []);
      await context.close();
    },
  };
}

/** What the list shows now. */
export const names = (page) => page.locator('#rows .name').allTextContents();
export const count = (page) => page.locator('#count').textContent();
