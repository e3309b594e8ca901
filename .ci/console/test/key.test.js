// The key: asked for before anything else, kept nowhere but in memory, and what is said when it is not good enough.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settled, useBrowser, visit } from '../browser.js';

const { ADMIN_KEY, READER_KEY, WATCHER_KEY } = process.env;
useBrowser();

const ofApi = (requests) => requests.filter((request) => request.includes('/v1/'));

test('nothing is asked before there is a key', async () => {
  await visit({ at: '#/conversations', key: null }, async (page, requests) => {
    await page.getByLabel('Key').waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual(ofApi(requests), []);
    assert.equal(await page.getByLabel('Key').getAttribute('type'), 'password');
    assert.ok(await page.getByLabel('Key').evaluate((input) => input === document.activeElement));
  });
});

test('a wrong key is refused in words', async () => {
  await visit({ key: 'wrong' }, async (page) => {
    const alert = page.getByRole('alert');
    assert.match(await alert.innerText(), /No client has this key/);
    assert.match(await alert.innerText(), /request [0-9a-f]{32}/);
    assert.equal(
      await alert.getByRole('link', { name: 'unauthenticated' }).getAttribute('href'),
      'problems/unauthenticated',
    );
    await page.getByLabel('Key').fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
});

test('a key without scope admin is told so, and explores all the same', async () => {
  await visit({ key: READER_KEY }, async (page) => {
    for (const view of ['Overview', 'Drift']) {
      await page.getByRole('link', { name: view }).click();
      await page.getByRole('heading', { name: view }).waitFor();
      const said = await page.getByRole('alert').innerText();
      assert.match(said, /scope `admin`/);
      assert.match(said, /`scopes`/);
    }
    await page.getByRole('link', { name: 'Explain' }).click();
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('alert').filter({ hasText: 'scope `admin`' }).waitFor();
    await page.getByRole('link', { name: 'Conversations' }).click();
    await page.getByRole('link', { name: 'Order 2', exact: true }).waitFor();
  });
});

test('a key with scope admin alone watches, and is told what it takes to explore', async () => {
  await visit({ key: WATCHER_KEY }, async (page) => {
    await page.getByRole('region', { name: 'bland' }).waitFor();
    await page.getByRole('link', { name: 'Numbers' }).click();
    await page.getByRole('alert').filter({ hasText: 'scope `read`' }).waitFor();
  });
});

test('the key is in no storage, address or attribute, and can be forgotten', async () => {
  await visit({ at: '#/conversations' }, async (page, requests) => {
    await page.getByRole('link', { name: 'Order 2', exact: true }).click();
    await settled(page);
    const places = await page.evaluate(async () => ({
      html: document.documentElement.outerHTML,
      values: [...document.querySelectorAll('input')].map((input) => input.value),
      address: location.href,
      cookies: document.cookie,
      local: JSON.stringify(localStorage),
      session: JSON.stringify(sessionStorage),
      databases: JSON.stringify(await indexedDB.databases()),
      history: JSON.stringify(history.state),
      globals: Object.keys(globalThis)
        .map((name) => {
          try {
            return String(globalThis[name]);
          } catch {
            return '';
          }
        })
        .join(),
    }));
    assert.ok(!JSON.stringify([places, requests]).includes(ADMIN_KEY));
    assert.deepEqual(await page.context().cookies(), []);
    await page.getByRole('button', { name: 'Forget key' }).click();
    const before = ofApi(requests).length;
    await page.getByLabel('Key').waitFor();
    await page.evaluate(() => {
      location.hash = '#/numbers';
    });
    await page.getByLabel('Key').waitFor();
    assert.equal(ofApi(requests).length, before);
  });
});

test('where tokens are accepted, one is asked for too', async () => {
  await visit({ key: null }, async (page) => {
    await page.route(`${process.env.GATEWAY}/`, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace('data-credential="key"', 'data-credential="token"');
      await route.fulfill({ response: answer, body });
    });
    await page.reload();
    await page.getByLabel('Key or token').waitFor();
  });
});

test('a key whose time is over is asked for again, and the place is kept', async () => {
  await visit({ at: '#/numbers' }, async (page) => {
    const problem = {
      title: 'No access',
      status: 401,
      detail: 'Expired.',
      code: 'unauthenticated',
      errors: [],
      request_id: 'r1',
    };
    const expired = { status: 401, contentType: 'application/problem+json', body: JSON.stringify(problem) };
    await page.route('**/v1/**', (route) => route.fulfill(expired));
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('alert').filter({ hasText: 'Expired.' }).waitFor();
    await page.unroute('**/v1/**');
    await page.getByLabel('Key').fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Numbers' }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
  });
});
