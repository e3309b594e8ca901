// What fails raises the library's own exceptions, whoever made the failure, and is never a success.
"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const { RestException } = require("twilio");

const {
  CLOSED,
  DEFAULT_SERVICE,
  FACE,
  FULL,
  HAS_KEYS,
  LARGE,
  LIMITED_KEY,
  MISSING,
  OPEN,
  READER_KEY,
  client,
  clientWithBaseUrl,
  fault,
  reset,
  webhooksOf,
} = require("./gateway.js");

const BARE = { target: "webhook", "configuration.url": "https://hooks.example.com/" };
const HOOK = { ...BARE, "configuration.filters": ["onMessageAdded"] };
const NO_WEBHOOK = `WH${"0".repeat(32)}`;

async function refused(status, code, asked) {
  const error = await asked.then(
    () => assert.fail("a success"),
    (error) => error,
  );
  assert.ok(error instanceof RestException, error);
  assert.deepEqual([error.status, error.code], [status, code], error);
  return error;
}

async function oneOf(sid) {
  const [{ sid: webhook }] = await webhooksOf(sid).list({ limit: 1 });
  return webhooksOf(sid)(webhook);
}

beforeEach(reset);

for (const service of [undefined, DEFAULT_SERVICE]) {
  test(`what is missing, service ${service}`, async () => {
    const webhooks = webhooksOf(OPEN, client(), service);
    const error = await refused(404, 50360, webhooks(NO_WEBHOOK).fetch());
    assert.equal(error.message, "Conversation webhook not found");
    assert.equal(error.moreInfo, "https://www.twilio.com/docs/errors/50360");
    await refused(404, 50360, webhooks(NO_WEBHOOK).remove());
    const missing = webhooksOf(MISSING, client(), service);
    await refused(404, 50350, missing(NO_WEBHOOK).fetch());
    await refused(404, 50350, missing.create(HOOK));
    await refused(404, 50350, missing.list());
  });
}

test("an unknown service is missing", async () => {
  await refused(404, 20404, client().conversations.v1.services(`IS${"9".repeat(32)}`).fetch());
});

test("what may not be", async () => {
  const webhooks = webhooksOf(OPEN);
  const error = await refused(400, 50370, webhooks.create(BARE));
  assert.equal(error.message, "Configuration.Filters is missing");
  for (let made = 0; made < 3; made += 1) await webhooks.create(HOOK);
  await refused(400, 50361, webhooks.create(HOOK));
  for (const closed of [CLOSED, FULL]) await refused(400, 50377, webhooksOf(closed).create(HOOK));
});

test("other products are not reached", async () => {
  const asked = client().messages(`SM${"0".repeat(32)}`).fetch();
  await assert.rejects(asked, (error) => error instanceof RestException && error.status === 404);
});

test("a list fails on a later page", async () => {
  const first = await webhooksOf(LARGE).page({ pageSize: 5 });
  await fault({ status: 503 });
  await refused(503, 20503, first.nextPage());
});

test("it is down", async () => {
  const webhook = await oneOf(LARGE);
  const bodies = [
    [{}, 20503],
    [{ body: "html" }, undefined],
    [{ body: "empty" }, undefined],
  ];
  const change = { "configuration.method": "GET" };
  for (const [body, code] of bodies) {
    for (const action of [() => webhook.fetch(), () => webhook.remove(), () => webhook.update(change)]) {
      await fault({ status: 503, ...body });
      await refused(503, code, action());
    }
  }
  await fault({ status: 500, body: "html" });
  await refused(500, undefined, webhooksOf(OPEN).create(HOOK));
});

test("a provider that breaks off", async () => {
  const webhook = await oneOf(LARGE);
  await fault({ truncate: true });
  await refused(502, 502, webhook.fetch());
  await fault({ truncate: true });
  await refused(502, 502, webhooksOf(LARGE).list());
  await fault({ truncate: true, method: "POST" });
  await refused(502, 502, webhooksOf(OPEN).create(HOOK));
  await fault({ reset: true });
  await refused(502, 502, webhook.remove());
  await fault({ status: 500, truncate: true });
  await assert.rejects(webhook.fetch());
});

test("a provider that is too slow", async () => {
  await fault({ delay_ms: 3000 });
  await refused(504, 504, webhooksOf(OPEN)(NO_WEBHOOK).fetch());
});

test("a connection that is not there", async () => {
  await refused(404, "not_found", webhooksOf(OPEN, clientWithBaseUrl(`${FACE}-2`))(NO_WEBHOOK).fetch());
});

test("a body that is too large", async () => {
  await refused(413, 413, webhooksOf(OPEN).create({ ...HOOK, "configuration.url": "x".repeat(1 << 21) }));
});

if (HAS_KEYS) {
  test("a key that is unknown or may not", async () => {
    const error = await refused(401, 401, webhooksOf(OPEN, client("wrong")).list());
    assert.ok(error.message);
    const reader = webhooksOf(OPEN, client(READER_KEY));
    const [{ sid }] = await reader.list();
    await refused(403, 403, reader(sid).update({ "configuration.method": "GET" }));
    await refused(403, 403, reader(sid).remove());
    await refused(403, 403, reader.create(HOOK));
    assert.equal((await reader.list()).length, 2);
  });

  test("a limit that is used up", async () => {
    const limited = client(LIMITED_KEY).conversations.v1.conversations(OPEN);
    await limited.fetch();
    await refused(429, 429, limited.fetch());
  });
}
