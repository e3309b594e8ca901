// Opens the console in a browser, and sees to it that a page does nothing that it must not.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { chromium } from 'playwright-core';

const { GATEWAY = '', ADMIN_KEY = '' } = process.env;

let browser;

/** To be called once in each file of tests. */
export function useBrowser() {
  before(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  });
  after(() => browser.close());
}

/**
 * Does something with the console at this place, with this key; without one the page asks for it.
 * @param {{ at?: string, key?: string | null, colorScheme?: 'light' | 'dark', width?: number }} options
 * @param {(page: import('playwright-core').Page, requests: string[]) => Promise<void>} act
 */
export async function visit({ at = '', key = ADMIN_KEY, colorScheme = 'light', width = 1200 }, act) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const requests = [];
  const wrong = [];
  page.on('request', (request) => requests.push(`${request.method()} ${request.url().replace(GATEWAY, '')}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (/content security policy|trusted/i.test(message.text())) wrong.push(message.text());
  });
  await page.goto(`${GATEWAY}/${at}`);
  if (key !== null) {
    await page.getByLabel('Key').fill(key);
    await page.getByRole('button', { name: 'Open' }).click();
    await settled(page);
  }
  await act(page, requests);
  assert.deepEqual(wrong, [], 'what the page must not do');
  const elsewhere = requests.filter((request) => !/^[A-Z]+ \//.test(request));
  assert.deepEqual(elsewhere, [], 'requests to other places');
  await context.close();
}

/** Waits until the view is there. @param {import('playwright-core').Page} page */
export async function settled(page) {
  await page.locator('main:not([aria-busy]) > h1').waitFor();
}

/** Tells the sandbox how to fail. @param {object} rule */
export async function fault(rule) {
  const answer = await fetch(`${process.env.SANDBOX}/sandbox/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(rule),
  });
  assert.equal(answer.status, 201);
}
