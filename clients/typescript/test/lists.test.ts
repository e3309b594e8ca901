import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@switchboard/client';
import { collect, open, recorded } from './gateway.js';

const crowded = 'twilio:CH00000000000000000000000000000023';

test('a list is read page by page', async () => {
  const { client, requests } = recorded();
  const webhooks = await collect(client.conversations.webhooks(crowded).list({ limit: 5 }));
  assert.equal(webhooks.length, 23);
  assert.equal(new Set(webhooks.map((webhook) => webhook.id)).size, 23);
  assert.equal(requests.length, 5);
});

test('nothing is read that nobody asks for', async () => {
  const { client, requests } = recorded();
  const list = client.conversations.webhooks(crowded).list({ limit: 5 });
  assert.equal(requests.length, 0);
  for await (const webhook of list) {
    assert.equal(webhook.connection, 'twilio');
    break;
  }
  assert.equal(requests.length, 1);
});

test('pages tell where the next one begins and what became of each connection', async () => {
  const client = createClient({ baseUrl: open });
  const pages = await collect(client.numbers.list({ limit: 100 }).pages());
  assert.equal(pages.flatMap((page) => page.data).length, 529);
  assert.deepEqual(
    new Set(pages.flatMap((page) => page.sources.map((source) => `${source.connection} ${source.status}`))),
    new Set(['twilio ok', 'bland ok']),
  );
  assert.equal(pages.at(-1)?.nextCursor, null);

  const cursor = pages[0]?.nextCursor;
  assert.ok(cursor);
  const second = await client.numbers.list({ limit: 100, cursor }).page();
  assert.deepEqual(second.data, pages[1]?.data);
});

test('a list can be iterated over twice', async () => {
  const list = createClient({ baseUrl: open }).connections.list();
  assert.deepEqual(await collect(list), await collect(list));
});

test('filters are the query', async () => {
  const client = createClient({ baseUrl: open });
  const numbers = await collect(client.numbers.list({ connection: 'bland', channel: 'whatsapp', limit: 100 }));
  assert.ok(numbers.length > 0);
  assert.ok(numbers.every((number) => number.connection === 'bland' && number.channel === 'whatsapp'));

  const [first] = await collect(client.conversations.list({ connection: 'bland', limit: 100 }));
  const user_number = first?.user_number;
  assert.ok(user_number);
  assert.match(user_number, /^\+/, 'its plus sign must be escaped');
  const same = await collect(client.conversations.list({ connection: 'bland', user_number }));
  assert.ok(same.some((conversation) => conversation.id === first?.id));
  assert.ok(same.every((conversation) => conversation.user_number === user_number));
});

test('a signal ends an iteration, between two items and between two pages', async () => {
  const { client, statuses } = recorded();
  for (const last of [2, 5]) {
    const controller = new AbortController();
    let seen = 0;
    const iteration = async () => {
      for await (const _ of client.conversations.webhooks(crowded).list({ limit: 5 }, { signal: controller.signal })) {
        seen += 1;
        if (seen === last) controller.abort();
      }
    };
    await assert.rejects(iteration, { name: 'AbortError' });
    assert.equal(seen, last);
  }
  assert.equal(statuses.length, 2);
});

test('the signal of a client ends all that it does', async () => {
  const controller = new AbortController();
  const client = createClient({ baseUrl: open, signal: controller.signal });
  await client.connections.get('bland');
  controller.abort();
  await assert.rejects(client.connections.get('bland'), { name: 'AbortError' });
});

test('any read has a path', async () => {
  const client = createClient({ baseUrl: open });
  const { data } = await client.get('/v1/conversations/{id}', {
    params: { path: { id: 'bland:convo_abc123' }, query: { include: 'raw' } },
  });
  assert.ok(data.raw);
  const { data: connections } = await client.get('/v1/connections');
  assert.equal(connections.data.length, 2);
});
