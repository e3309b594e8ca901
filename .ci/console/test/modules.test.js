// What modules compute, in the browser where they live.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { useBrowser, visit } from '../browser.js';

useBrowser();

const histogram = (counts, sum) => {
  const bounds = [0.001, 0.01, 0.1, null];
  const count = counts.reduce((all, one) => all + one, 0);
  let below = 0;
  return { count, sum, buckets: bounds.map((le, index) => ({ le, count: (below += counts[index]) })) };
};

const overview = (seconds, calls, durations, more = {}) => ({
  as_of: new Date(seconds * 1000).toISOString(),
  started_at: '2026-01-01T00:00:00Z',
  gateway: { requests: { '2xx': calls.ok, '5xx': 0 }, duration: durations, overhead: durations },
  cache: { requests: { hit: calls.ok, miss: calls.ok } },
  connections: [
    {
      name: 'one',
      calls,
      duration: durations,
      cache: { hit: 3 * calls.ok, miss: calls.ok, bypass: 100 },
      rate_limit: { burst: 50, remaining: 20 },
    },
  ],
  ...more,
});

async function between(...answers) {
  let told;
  await visit({ key: null }, async (page) => {
    told = await page.evaluate(async ([before, after]) => {
      const rates = (await import('/console/counters.js')).between(before, after);
      return rates && { gateway: rates.gateway, one: rates.connections.get('one') };
    }, answers);
  });
  return told;
}

test('two answers make rates, quantiles and shares', async () => {
  const before = overview(0, { ok: 10, timeout: 1, client_error: 0 }, histogram([5, 0, 0, 0], 1));
  const after = overview(2, { ok: 14, timeout: 2, client_error: 3 }, histogram([5, 10, 0, 0], 1.05));
  const { gateway, one } = await between(before, after);
  assert.equal(gateway.requests, 2);
  assert.equal(one.calls, 4);
  assert.equal(one.errors, 1 / 8, 'a client’s error is not the provider’s');
  assert.equal(one.hits, 3 / 4);
  assert.equal(one.left, 2 / 5);
  assert.ok(Math.abs(one.p50 - 5.5) < 1e-9, `${one.p50}`);
  assert.ok(Math.abs(gateway.overhead - 5) < 1e-9, `${gateway.overhead}`);
});

test('where nothing happened there is nothing, and not zero', async () => {
  const at = (seconds) => overview(seconds, { ok: 10 }, histogram([5, 0, 0, 0], 1));
  const { gateway, one } = await between(at(0), at(2));
  assert.equal(gateway.requests, 0);
  assert.deepEqual([one.p50, one.p99, one.errors, one.hits, one.overhead], [null, null, null, null, null]);
});

test('a gateway that began anew, and one and the same moment, make a gap', async () => {
  const before = overview(0, { ok: 10 }, histogram([5, 0, 0, 0], 1));
  const anew = overview(2, { ok: 1 }, histogram([1, 0, 0, 0], 1), { started_at: '2026-02-01T00:00:00Z' });
  assert.equal(await between(before, anew), null);
  assert.equal(await between(before, before), null);
});

test('a count that began anew within one start counts from nothing', async () => {
  const before = overview(0, { ok: 100 }, histogram([50, 0, 0, 0], 9));
  const after = overview(2, { ok: 4 }, histogram([0, 2, 0, 0], 0.01));
  const { one } = await between(before, after);
  assert.equal(one.calls, 2);
  assert.ok(Math.abs(one.p50 - 5.5) < 1e-9, `${one.p50}`);
});

test('beyond the last bound a quantile is that bound', async () => {
  const before = overview(0, { ok: 0 }, histogram([0, 0, 0, 0], 0));
  const after = overview(2, { ok: 4 }, histogram([0, 0, 0, 4], 99));
  assert.equal((await between(before, after)).one.p99, 100);
});

test('the events to choose from are those of the API', async () => {
  const api = JSON.parse(readFileSync(new URL('../../../clients/openapi.json', import.meta.url), 'utf8'));
  const { examples } = api.components.schemas.WebhookInput.properties.events.items;
  await visit({ key: null }, async (page) => {
    const known = await page.evaluate(async () => (await import('/console/events.js')).EVENTS);
    assert.deepEqual(
      known,
      examples.filter((name) => name !== '*'),
    );
  });
});

test('places are read back as they were written', async () => {
  await visit({ key: null }, async (page) => {
    const place = await page.evaluate(async () => {
      const { parse, to } = await import('/console/place.js');
      const { view, id, params } = parse(to('numbers', 'bland:sms:+1/5?#%', { a: 'b&c=d', none: null }));
      return { view, id, params: [...params] };
    });
    assert.deepEqual(place, { view: 'numbers', id: 'bland:sms:+1/5?#%', params: [['a', 'b&c=d']] });
  });
});

test('a change is what has changed', async () => {
  const http = (url, method) => ({ type: 'http', url, method });
  const before = { target: http('https://a.example', 'POST'), events: ['a', 'b'], keywords: [], enabled: true };
  const cases = [
    [{ target: http('https://a.example', 'POST'), events: ['b', 'a'], keywords: [] }, {}],
    [
      { target: http('https://a.example', 'GET'), events: ['a'] },
      { target: { method: 'GET' }, events: ['a'] },
    ],
    [{ target: { type: 'flow', flow_id: 'FW1' } }, { target: { type: 'flow', flow_id: 'FW1' } }],
  ];
  await visit({ key: null }, async (page) => {
    for (const [wanted, expected] of cases) {
      const told = await page.evaluate(
        async ([one, other]) => (await import('/console/webhook.js')).difference(one, other),
        [before, wanted],
      );
      assert.deepEqual(told, expected);
    }
  });
});
