// Overview, Explain and Drift.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fault, settled, useBrowser, visit } from '../browser.js';

const { GATEWAY, ADMIN_KEY } = process.env;
const headers = { Authorization: `Bearer ${ADMIN_KEY}` };
useBrowser();

/** Sends some requests of a client. @param {string[]} paths */
async function traffic(...paths) {
  for (const path of paths) await (await fetch(`${GATEWAY}${path}`, { headers })).arrayBuffer();
}

test('the overview counts what happens while it is looked at', async () => {
  await visit({ at: '#/overview' }, async (page) => {
    const bland = page.getByRole('region', { name: 'bland' });
    assert.match(await bland.innerText(), /Health\s+up/);
    assert.match(await bland.innerText(), /Circuit\s+closed/);
    const rate = bland.locator('dd').filter({ hasText: /^[1-9]/ });
    const told = page.waitForResponse(/overview/);
    await traffic('/v1/numbers?connection=bland&limit=1', '/v1/numbers?connection=bland&limit=2');
    await told;
    await bland
      .locator('figure', { hasText: 'Requests a second' })
      .locator('dd')
      .filter({ hasText: /[1-9]/ })
      .first()
      .waitFor();
    await bland
      .locator('figure', { hasText: 'provider, p50' })
      .locator('dd')
      .filter({ hasText: /[1-9].* (µs|ms|s)$/ })
      .first()
      .waitFor();
    assert.ok((await rate.count()) > 0);
    assert.equal(await page.locator('canvas').count(), 9);
    assert.match(await page.getByRole('region', { name: 'Clients' }).innerText(), /operator/);
  });
});

test('a failure is shown, asked through and mended', async () => {
  await visit({ at: '#/overview' }, async (page) => {
    await page.route('**/v1/overview', (route) => route.abort());
    await page.getByRole('alert').filter({ hasText: 'did not answer' }).waitFor();
    assert.match(await page.getByRole('main').getByRole('status').innerText(), /No answer since/);
    await page.unroute('**/v1/overview');
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });
});

test('nothing is asked while nobody looks', async () => {
  await visit({ at: '#/overview' }, async (page, requests) => {
    await page.clock.install();
    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await page.getByRole('status').filter({ hasText: 'Paused' }).waitFor();
    await page.waitForLoadState('networkidle');
    const before = requests.length;
    await page.clock.runFor(60_000);
    assert.equal(requests.length, before);
    const told = page.waitForResponse(/overview/);
    await hide(false);
    await page.clock.runFor(1000);
    await told;
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });
});

test('another view ends the asking', async () => {
  await visit({ at: '#/overview' }, async (page, requests) => {
    await page.getByRole('link', { name: 'Numbers' }).click();
    await page.getByRole('heading', { name: 'Numbers' }).waitFor();
    const count = () => requests.filter((request) => request.includes('overview')).length;
    const before = count();
    // As long as it takes to ask twice.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 4500)));
    assert.equal(count(), before);
  });
});

test('a request is explained', async () => {
  await visit({ at: '#/explain' }, async (page) => {
    await page.getByLabel('Path').fill('/v1/numbers?connection=bland');
    await page.getByLabel('Client').fill('reader');
    await page.getByRole('button', { name: 'Explain' }).click();
    const told = page.getByRole('region', { name: 'Explanation' });
    await told.getByRole('heading', { name: 'GET /v1/numbers?connection=bland' }).waitFor();
    const text = await told.innerText();
    assert.match(text, /Takes scope\s+read/);
    assert.match(text, /Asked by\s+reader/);
    assert.match(page.url(), /#\/explain\?method=GET&path=%2Fv1%2Fnumbers/);

    await page.getByLabel('Path').fill('/v1/services?connection=bland');
    await page.getByRole('button', { name: 'Explain' }).click();
    await told.getByRole('link', { name: 'unsupported_by_provider' }).waitFor();

    await page.getByLabel('Client').fill('nobody-knows');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('alert').filter({ hasText: '#/client' }).waitFor();
  });
});

test('drift has a row for each difference', async () => {
  await visit({ at: '#/drift' }, async (page) => {
    await fault({ provider: 'bland', times: 0, drift: { unknown_field: true } });
    await traffic('/v1/numbers?connection=bland&limit=3');
    await page.reload();
    await page.getByLabel('Key').fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await settled(page);
    await page.getByRole('cell', { name: 'a field that nobody knows' }).first().waitFor();
    await fetch(`${process.env.SANDBOX}/sandbox/faults`, { method: 'DELETE' });
  });
});
