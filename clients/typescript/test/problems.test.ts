import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, isProblem } from '@switchboard/client';
import { locked, open, problemOf, recorded } from './gateway.js';

const client = createClient({ baseUrl: open });

test('what is not there', async () => {
  const problem = await problemOf(client.conversations.get('twilio:CHffffffffffffffffffffffffffffffff'));
  assert.ok(isProblem(problem, 'not_found'));
  assert.deepEqual([problem.status, problem.origin, problem.retryable], [404, 'provider', false]);
  assert.equal(problem.requestId, problem.problem.request_id);
  assert.match(problem.message, /^404 not_found: /);
  assert.ok(!isProblem(problem, 'conflict'));
  assert.ok(isProblem(problem));
});

test('what cannot be understood, part by part', async () => {
  const webhooks = client.conversations.webhooks('twilio:CH00000000000000000000000000000002');
  const problem = await problemOf(webhooks.create({ target: { type: 'http', url: 'nonsense' } }));
  assert.ok(isProblem(problem, 'invalid_request'));
  assert.equal(problem.status, 422);
  assert.deepEqual(problem.errors.map((fault) => fault.pointer), ['#/target/url']);

  const parameter = await problemOf(client.numbers.list({ limit: 0 }).page());
  assert.deepEqual(parameter.errors.map((fault) => fault.parameter), ['limit']);
});

test('what a provider does not have', async () => {
  const webhooks = client.conversations.webhooks('bland:convo_abc123');
  const problem = await problemOf(webhooks.create({ target: { type: 'http', url: 'https://hooks.example.com/in' } }));
  assert.ok(isProblem(problem, 'unsupported_by_provider'));
  assert.equal(problem.status, 405);
});

test('what would change more than was said', async () => {
  const problem = await problemOf(
    client.connections.webhooks('twilio').update('after', { target: { method: 'GET' } }),
  );
  assert.ok(isProblem(problem, 'conflict'));
  assert.equal(problem.status, 409);
});

test('a gateway that asks for a key', async () => {
  const { baseUrl, key } = locked;
  const problem = await problemOf(createClient({ baseUrl }).connections.get('bland'));
  assert.ok(isProblem(problem, 'unauthenticated'));
  assert.equal(problem.status, 401);

  for (const token of [key, () => key, async () => key]) {
    const { data } = await createClient({ baseUrl, token }).connections.get('bland');
    assert.equal(data.provider, 'bland');
  }
  const forbidden = await problemOf(
    createClient({ baseUrl, token: key }).numbers.webhook('bland:sms:+14155552671').delete(),
  );
  assert.ok(isProblem(forbidden, 'forbidden'));
});

test('an error of something in between', async () => {
  const page = new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' });
  const problem = await problemOf(recorded({ fetch: async () => page }).client.connections.get('bland'));
  assert.deepEqual([problem.status, problem.code, problem.retryable], [502, null, true]);
  assert.equal(problem.message, '502 Bad Gateway');
  assert.ok(!isProblem(problem));
});

test('a failure of the network is the platform\'s error', async () => {
  const nobody = createClient({ baseUrl: 'http://127.0.0.1:1' });
  await assert.rejects(nobody.connections.get('bland'), TypeError);
});
