import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf, recorded } from './gateway.js';

const conversation = 'twilio:CH00000000000000000000000000000003';
const target = { type: 'http', url: 'https://hooks.example.com/in' } as const;

/** Something else instead of the first answers. */
function failing(...outcomes: (() => Promise<Response>)[]) {
  return (request: Request) => (outcomes.shift() ?? (() => fetch(request)))();
}

const reset = () => Promise.reject(new TypeError('fetch failed'));
const busy = (wait: string) => async () => new Response(null, { status: 503, headers: { 'Retry-After': wait } });

test('nothing is tried again unless that is wanted', async () => {
  const { client, requests } = recorded({ fetch: failing(reset) });
  await assert.rejects(client.connections.get('bland'), TypeError);
  assert.equal(requests.length, 1);
});

test('a failure of the network and an answer that asks for it are tried again', async () => {
  const { client, requests } = recorded({ retries: 2, fetch: failing(reset, busy('0')) });
  assert.equal((await client.connections.get('bland')).data.name, 'bland');
  assert.equal(requests.length, 3);
});

test('tries are bounded, and so are pauses', async () => {
  const unlucky = recorded({ retries: 1, fetch: failing(busy('0'), busy('0'), busy('0')) });
  assert.equal((await problemOf(unlucky.client.connections.get('bland'))).status, 503);
  assert.equal(unlucky.requests.length, 2);

  const patient = recorded({ retries: 9, fetch: failing(busy('3600')) });
  assert.equal((await problemOf(patient.client.connections.get('bland'))).retryAfter, 3_600_000);
  assert.equal(patient.requests.length, 1);
});

test('what is not retryable is not tried again', async () => {
  const { client, requests } = recorded({ retries: 2 });
  await problemOf(client.connections.get('nobody'));
  assert.equal(requests.length, 1);
});

test('an answer that was kept for its key would stay the same', async () => {
  const kept = async () => new Response(null, { status: 502, headers: { 'Idempotency-Replayed': 'true' } });
  const { client, requests } = recorded({ retries: 2, fetch: failing(kept) });
  const create = client.conversations.webhooks(conversation).create({ target, events: ['message.created'] });
  assert.equal((await problemOf(create)).status, 502);
  assert.equal(requests.length, 1);
});

test('a signal ends a pause', async () => {
  const controller = new AbortController();
  const { client, requests } = recorded({
    retries: 2,
    fetch: async () => {
      setImmediate(() => controller.abort());
      return new Response(null, { status: 503, headers: { 'Retry-After': '20' } });
    },
  });
  await assert.rejects(client.connections.get('bland', { signal: controller.signal }), { name: 'AbortError' });
  assert.equal(requests.length, 1);
});

test('something is made once although its answer was lost', async () => {
  let lost = false;
  const { client, requests } = recorded({
    retries: 1,
    fetch: async (request) => {
      const response = await fetch(request);
      if (request.method !== 'POST' || lost) return response;
      lost = true;
      throw new TypeError('terminated');
    },
  });
  const webhooks = client.conversations.webhooks(conversation);
  const before = (await webhooks.list().page()).data.length;
  const { data, response } = await webhooks.create({ target, events: ['message.created'] });
  assert.equal(response.headers.get('idempotency-replayed'), 'true');
  assert.equal((await webhooks.list({}, { fresh: true }).page()).data.length, before + 1);

  const keys = requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers.get('idempotency-key'));
  assert.equal(keys.length, 2);
  assert.ok(keys[0]);
  assert.equal(keys[0], keys[1]);
  await webhooks.delete(data.id);
});

test('a key of one\'s own names the intent', async () => {
  const { client } = recorded();
  const webhooks = client.conversations.webhooks(conversation);
  const body = { target, events: ['message.created'] };
  const options = { idempotencyKey: crypto.randomUUID() };
  const first = await webhooks.create(body, options);
  const again = await webhooks.create(body, options);
  assert.equal(again.data.id, first.data.id);
  assert.deepEqual(
    [first, again].map(({ response }) => response.headers.get('idempotency-replayed')),
    [null, 'true'],
  );
  const other = await webhooks.create(body);
  assert.notEqual(other.data.id, first.data.id);
  await Promise.all([first, other].map(({ data }) => webhooks.delete(data.id)));
});
