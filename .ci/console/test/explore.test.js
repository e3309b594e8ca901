// Conversations and numbers across providers, their webhooks and deliveries.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fault, settled, useBrowser, visit } from '../browser.js';

const { READER_KEY } = process.env;
const TWILIO = '#/conversations/twilio%3ACH00000000000000000000000000000002';
useBrowser();

test('filters and pages are places that lead back', async () => {
  await visit({ at: '#/conversations' }, async (page) => {
    await page.getByLabel('Connection').selectOption('bland');
    await page.getByLabel('Status').selectOption('active');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/#\/conversations\?connection=bland&status=active$/);
    await settled(page);
    const first = await page.getByRole('cell').first().innerText();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.waitForURL(/cursor=/);
    await page.getByRole('link', { name: 'First page' }).waitFor();
    assert.notEqual(await page.getByRole('cell').first().innerText(), first);
    await page.goBack();
    await page.getByRole('cell', { name: first }).first().waitFor();
    assert.equal(await page.getByLabel('Status').inputValue(), 'active');
    await page.goBack();
    await page.waitForURL(/#\/conversations$/);
    await page.getByRole('link', { name: 'Order 2', exact: true }).waitFor();
  });
});

test('a refused filter says which and why', async () => {
  await visit({ at: '#/conversations?connection=bland&service_id=nonsense' }, async (page) => {
    assert.match(await page.getByRole('alert').innerText(), /service_id/);
  });
});

test('webhooks say where they are inherited from', async () => {
  await visit({ at: `${TWILIO}` }, async (page) => {
    const card = (name) => page.getByRole('article').filter({ hasText: name });
    assert.match(await card('/service/after').innerText(), /Inherited from service twilio:IS/);
    assert.match(await card('/account/before').innerText(), /Inherited from account twilio/);
    assert.doesNotMatch(await card('/conversations/0').innerText(), /Inherited/);
  });
  await visit({ at: '#/conversations/bland:convo_override' }, async (page) => {
    await page.getByRole('link', { name: 'number bland:sms:+15005550006' }).click();
    await page.waitForURL(/#\/numbers\/bland%3Asms%3A%2B15005550006$/);
    await page.getByRole('heading', { name: '+15005550006' }).waitFor();
    assert.equal(
      await page.getByRole('button', { name: /^Delete/ }).count(),
      0,
      'bland does not say that it can',
    );
    await page.goBack();
    await page.getByRole('heading', { name: 'convo_override' }).waitFor();
  });
});

test('what the provider says stands beside the neutral form', async () => {
  await visit({ at: '#/conversations/bland:convo_retry' }, async (page) => {
    await page.getByText('JSON, neutral and raw').first().click();
    assert.match(await page.getByRole('region', { name: 'Neutral' }).innerText(), /"native_id": "convo_retry"/);
    assert.match(await page.getByRole('region', { name: 'Provider’s own' }).innerText(), /"is_active"/);
  });
  await visit({ at: '#/conversations/bland:convo_retry', key: READER_KEY }, async (page) => {
    await page.getByText('JSON, neutral and raw').first().click();
    assert.match(await page.getByRole('alert').innerText(), /scope `sensitive`/);
  });
});

test('a webhook is made, changed and deleted', async () => {
  await visit({ at: TWILIO }, async (page) => {
    const url = 'https://hooks.example.com/made-here';
    await page.getByRole('link', { name: 'New webhook' }).click();
    await page.getByLabel('URL').fill(url);
    await page.getByLabel('Method').selectOption('POST');
    await page.getByRole('group', { name: 'Events' }).getByLabel('created').nth(1).check();
    await page.getByRole('button', { name: 'Create' }).click();
    const card = page.getByRole('article').filter({ hasText: url });
    await card.waitFor();
    assert.match(await card.innerText(), /message\.created/);

    await card.getByRole('link', { name: `Edit ${url}` }).click();
    assert.equal(await page.getByLabel('URL').inputValue(), url);
    await page.getByLabel('Method').selectOption('GET');
    const sent = page.waitForRequest((request) => request.method() === 'PATCH');
    await page.getByRole('button', { name: 'Save' }).click();
    const headers = await (await sent).allHeaders();
    assert.match(headers['if-match'] ?? '', /^"[0-9a-f]+/);
    assert.deepEqual((await sent).postDataJSON(), { target: { method: 'GET' } });
    await card.filter({ hasText: /By\s*GET/ }).waitFor();

    const remove = card.getByRole('button', { name: `Delete ${url}` });
    await remove.click();
    const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await card.count(), 1);
    await remove.click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await card.waitFor({ state: 'detached' });
    await settled(page);
  });
});

test('somebody else’s change is not written over', async () => {
  await visit({ at: TWILIO }, async (page) => {
    await page.getByRole('link', { name: 'Edit https://hooks.example.com/conversations/0' }).click();
    await page.getByLabel('URL').fill('https://hooks.example.com/mine');
    const self = new URLSearchParams(page.url().split('?')[1]).get('at');
    const answer = await fetch(`${process.env.GATEWAY}${self}`, {
      method: 'PATCH',
      headers: {
        Authorization: `Bearer ${process.env.ADMIN_KEY}`,
        'Content-Type': 'application/merge-patch+json',
      },
      body: '{"target": {"method": "GET"}}',
    });
    assert.equal(answer.status, 200);
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await page.getByRole('alert').innerText(), /Somebody has changed it/);
  });
});

test('the provider’s own error is shown', async () => {
  await visit({ at: TWILIO }, async (page) => {
    await page.getByRole('link', { name: 'New webhook' }).click();
    await page.getByLabel('URL').fill('https://hooks.example.com/refused');
    await page.getByRole('group', { name: 'Events' }).getByLabel('created').nth(1).check();
    await fault({ provider: 'twilio', method: 'POST', path: '/v1/', status: 400 });
    await page.getByRole('button', { name: 'Create' }).click();
    const said = await page.getByRole('alert').innerText();
    assert.match(said, /Provider’s status\s+400/);
    assert.match(said, /Provider’s message\s+\S+/);
    assert.match(said, /request [0-9a-f]{32}/);
    assert.equal(
      await page.getByLabel('URL').inputValue(),
      'https://hooks.example.com/refused',
      'what was written stays',
    );
  });
});

test('a failed delivery is found by keyboard alone', async () => {
  await visit({ at: '#/conversations/bland:convo_override' }, async (page) => {
    const reach = async (what) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if (await what.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail('out of reach of the keyboard');
    };
    await reach(page.getByRole('radio', { name: /^all/ }));
    await page.keyboard.press('ArrowDown');
    await page.waitForURL(/deliveries=failed$/);
    const failed = page.getByRole('article', { name: 'Delivery of conversation.ended, failed' });
    const attempt = failed.getByRole('list', { name: 'Attempts' }).getByRole('listitem');
    assert.match(await attempt.innerText(), /http error 404 in 57 ms/);
    await reach(failed.getByText('Payload'));
    await page.keyboard.press('Enter');
    assert.match(await failed.getByRole('region', { name: 'Payload' }).innerText(), /"status": "ended"/);
    await page.reload();
    await page.getByLabel('Key').fill(process.env.ADMIN_KEY);
    await page.keyboard.press('Enter');
    await failed.waitFor();
    assert.ok(await page.getByRole('radio', { name: /^failed/ }).isChecked());
  });
});

test('attempts stand on a time line, and a delivery is sent again', async () => {
  await visit({ at: '#/conversations/bland:convo_retry' }, async (page) => {
    const attempts = page.getByRole('list', { name: 'Attempts' }).getByRole('listitem');
    const before = await attempts.count();
    assert.equal(before, 2);
    assert.match(await attempts.nth(1).innerText(), /after the one before/);
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await attempts.nth(2).waitFor();
  });
});

test('numbers have webhooks that can be set and taken away', async () => {
  await visit({ at: '#/numbers?connection=twilio' }, async (page) => {
    await page.getByRole('link', { name: '+15005550100', exact: true }).click();
    await page.getByRole('link', { name: /^Edit/ }).click();
    await page.getByLabel('URL').fill('https://hooks.example.com/number');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('article').filter({ hasText: 'https://hooks.example.com/number' }).waitFor();
  });
});

test('a callback of the account is changed from where it is seen, with what it shares', async () => {
  await visit({ at: TWILIO }, async (page) => {
    await page.getByRole('link', { name: 'Edit https://hooks.example.com/account/after' }).click();
    await page.getByLabel('Method').selectOption('GET');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await page.getByRole('alert').innerText(), /linked/);
    await page.getByLabel(/shares with the other/).check();
    await page.getByRole('button', { name: 'Save' }).click();
    const before = page.getByRole('article').filter({ hasText: '/account/before' });
    await before.filter({ hasText: /By\s*GET/ }).waitFor();
  });
});
