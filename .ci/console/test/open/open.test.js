// A gateway that lets everybody in.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { settled, useBrowser, visit } from '../../browser.js';

useBrowser();

test('drift has words for none', async () => {
  await visit({ at: '#/drift', key: null }, async (page) => {
    await page.getByText('every answer so far had the shape that is known').waitFor();
  });
});

test('no key is asked for where none is needed', async () => {
  await visit({ key: null }, async (page) => {
    await settled(page);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    assert.equal(await page.getByLabel('Key').count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Forget key' }).count(), 0);
    await page.getByRole('link', { name: 'Conversations' }).click();
    await page.getByRole('link', { name: 'Order 2', exact: true }).waitFor();
  });
});
