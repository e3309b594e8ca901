import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProblem } from '@switchboard/client';
import { problemOf, recorded } from './gateway.js';

const conversation = 'twilio:CH00000000000000000000000000000002';
const target = { type: 'http', url: 'https://hooks.example.com/in', method: 'POST' } as const;

test('a webhook is made, changed and deleted', async () => {
  const { client } = recorded();
  const webhooks = client.conversations.webhooks(conversation);
  const made = await webhooks.create({ target, events: ['message.created'] });
  assert.deepEqual(made.data.target, target);
  assert.equal(made.response.headers.get('location'), made.data.self);
  const { id } = made.data;

  const changed = await webhooks.update(id, { target: { url: 'https://hooks.example.com/moved' } });
  assert.deepEqual(changed.data.target, { ...target, url: 'https://hooks.example.com/moved' });

  assert.equal((await webhooks.delete(id)).data, undefined);
  assert.ok(isProblem(await problemOf(webhooks.get(id)), 'not_found'));
});

test('what is known is validated and stays the same object', async () => {
  const { client, statuses } = recorded();
  const webhooks = client.numbers.webhook('twilio:sms:+15005550100');
  const first = await webhooks.get();
  const second = await webhooks.get();
  assert.equal(second.data, first.data);
  assert.equal(second.etag, first.etag);
  assert.deepEqual(statuses, [200, 304]);

  const list = client.conversations.webhooks('twilio:CH00000000000000000000000000000023').list();
  assert.ok((await list.page()).data === (await list.page()).data);
  assert.deepEqual(statuses.slice(2), [200, 304]);
});

test('what is known is bounded, and may be nothing', async () => {
  const { client, statuses } = recorded({ cache: 1 });
  await client.connections.get('bland');
  await client.connections.get('twilio');
  await client.connections.get('bland');
  assert.deepEqual(statuses, [200, 200, 200]);

  const forgetful = recorded({ cache: 0 });
  await forgetful.client.connections.get('bland');
  await forgetful.client.connections.get('bland');
  assert.deepEqual(forgetful.statuses, [200, 200]);
});

test('a change happens only to what was read', async () => {
  const { client } = recorded();
  const webhooks = client.conversations.webhooks(conversation);
  const { data, etag } = await webhooks.create({ target, events: ['message.created'] });
  assert.ok(etag);
  await webhooks.update(data.id, { events: ['message.updated'] }, { ifMatch: etag });
  for (const late of [
    () => webhooks.update(data.id, { events: ['message.deleted'] }, { ifMatch: etag }),
    () => webhooks.delete(data.id, { ifMatch: etag }),
  ]) {
    const problem = await problemOf(late());
    assert.ok(isProblem(problem, 'precondition_failed'));
    assert.equal(problem.status, 412);
  }
  assert.deepEqual((await webhooks.get(data.id)).data.events, ['message.updated']);
  await webhooks.delete(data.id);
});

test('a fresh read comes from the provider', async () => {
  const { client } = recorded();
  const read = async (fresh: boolean) => {
    const { response } = await client.conversations.get('bland:convo_abc123', { fresh });
    return response.headers.get('cache-status')?.split(';')[1]?.trim();
  };
  await read(false);
  assert.deepEqual([await read(false), await read(true)], ['hit', 'fwd=request']);
});

test('a modification begins again when somebody else was faster, a few times', async () => {
  const { client, requests } = recorded();
  const webhooks = client.conversations.webhooks(conversation);
  const { data } = await webhooks.create({ target, events: ['message.created'] });

  let others = 1;
  let seen = 0;
  const change = async (webhook: typeof data) => {
    seen += 1;
    if (others-- > 0) await webhooks.update(data.id, { target: { url: `https://hooks.example.com/${others}` } });
    return { events: [...webhook.events, 'message.updated'] };
  };
  const modified = await webhooks.modify(data.id, change);
  assert.equal(seen, 2);
  const reads = requests.filter(({ method }) => method === 'GET');
  assert.deepEqual(reads.map(({ cache }) => cache), ['default', 'reload']);
  assert.deepEqual(modified.data.events, ['message.created', 'message.updated']);
  assert.deepEqual(modified.data.target, { ...target, url: 'https://hooks.example.com/0' });

  others = 9;
  seen = 0;
  assert.ok(isProblem(await problemOf(webhooks.modify(data.id, change, { retries: 1 })), 'precondition_failed'));
  assert.equal(seen, 2);
  await webhooks.delete(data.id);
});

test('the callback of a number is replaced', async () => {
  const { client } = recorded();
  const webhook = client.numbers.webhook('bland:sms:+14155552671');
  const modified = await webhook.modify(({ target }) => {
    assert.equal(target.type, 'http');
    return { target: { type: 'http', url: 'https://hooks.example.com/new' } };
  });
  assert.equal(modified.data.target.type === 'http' && modified.data.target.url, 'https://hooks.example.com/new');
});

test('a callback of a service is changed together with its twin', async () => {
  const { client } = recorded();
  const webhooks = client.services.webhooks('twilio:IS00000000000000000000000000000001');
  const method = async (phase: 'before' | 'after') => {
    const { target } = (await webhooks.get(phase)).data;
    return target.type === 'http' ? target.method : null;
  };
  assert.deepEqual([await method('before'), await method('after')], ['GET', 'GET']);
  await webhooks.modify('after', () => ({ target: { method: 'POST' } }), { linked: true });
  assert.deepEqual([await method('before'), await method('after')], ['POST', 'POST']);
});
