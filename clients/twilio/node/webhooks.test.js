// What works against Twilio works through the gateway.
"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const twilio = require("twilio");

const {
  ACCOUNT,
  DEFAULT_SERVICE,
  FACE,
  KEY,
  LARGE,
  OPEN,
  PAGE,
  client,
  clientWithBaseUrl,
  requestsServed,
  reset,
  runPage,
  webhooksOf,
} = require("./gateway.js");

const URL = "https://hooks.example.com/réception?q=été&a=b+c%2F";
const HOOK = { target: "webhook", "configuration.url": URL, "configuration.filters": ["onMessageAdded"] };

const sidsOf = (list) => list.map((each) => each.sid);
const distinct = (list) => new Set(sidsOf(list)).size;

// `ask` causes so many requests, and the gateway has had all of them.
async function pages(expected, ask) {
  const before = await requestsServed();
  const answer = await ask();
  assert.equal((await requestsServed()) - before, expected);
  return answer;
}

beforeEach(reset);

test("the page prints what it says", async () => {
  const { printed } = await runPage();
  assert.equal(printed.length, 24);
  assert.ok(PAGE.includes(`// ${printed.at(-1)}\n`), printed.at(-1));
});

test("a client that is not pointed here reaches nobody", async () => {
  await assert.rejects(twilio(ACCOUNT, KEY).conversations.v1.services.list(), { code: "ECONNREFUSED" });
});

test("all 23 webhooks come in pages of 5", async (t) => {
  const everywhere = {
    "the page's client": (await runPage()).client,
    "an edge": client(KEY, { edge: "dublin" }),
    "a region": client(KEY, { region: "ie1" }),
    "an edge and a region": client(KEY, { edge: "dublin", region: "ie1" }),
    "a base URL": clientWithBaseUrl(),
  };
  for (const [way, of] of Object.entries(everywhere)) {
    for (const service of [undefined, DEFAULT_SERVICE]) {
      await t.test(`${way}, service ${service}`, async () => {
        const webhooks = webhooksOf(LARGE, of, service);
        assert.equal(distinct(await pages(5, () => webhooks.list({ pageSize: 5 }))), 23);
      });
    }
  }
});

test("a list can be walked and limited", async () => {
  const webhooks = webhooksOf(LARGE);
  assert.equal(distinct(await pages(2, () => webhooks.list({ limit: 7, pageSize: 5 }))), 7);
  assert.equal(distinct(await pages(1, () => webhooks.list({ limit: 3 }))), 3);
  const walked = [];
  await pages(5, () => webhooks.each({ pageSize: 5, callback: (webhook) => walked.push(webhook) }));
  assert.equal(distinct(walked), 23);
});

test("pages lead on and back", async () => {
  for (const of of [client(), clientWithBaseUrl()]) {
    const webhooks = webhooksOf(LARGE, of);
    const first = await webhooks.page({ pageSize: 5 });
    assert.ok(first.nextPageUrl.startsWith(`${FACE}/v1/`), first.nextPageUrl);
    const second = await first.nextPage();
    const again = await webhooks.getPage(first.nextPageUrl);
    const back = await second.previousPage();
    assert.deepEqual(sidsOf(again.instances), sidsOf(second.instances));
    assert.deepEqual(sidsOf(back.instances), sidsOf(first.instances));
    assert.equal(distinct([...first.instances, ...second.instances]), 10);
  }
});

test("links lead here", async () => {
  const [webhook] = await webhooksOf(LARGE).list({ limit: 1 });
  assert.equal(webhook.url, `${FACE}/v1/Conversations/${LARGE}/Webhooks/${webhook.sid}`);
  const conversation = await client().conversations.v1.conversations(LARGE).fetch();
  assert.equal(conversation.links.webhooks, `${FACE}/v1/Conversations/${LARGE}/Webhooks`);
});

for (const service of [undefined, DEFAULT_SERVICE]) {
  test(`a webhook comes, changes and goes, service ${service}`, async () => {
    const webhooks = webhooksOf(OPEN, client(), service);
    const filters = ["onMessageAdded", "onParticipantAdded", "onConversationUpdated"];
    const made = await webhooks.create({ ...HOOK, "configuration.method": "POST", "configuration.filters": filters });
    assert.equal(made.configuration.url, URL);
    assert.equal(made.configuration.filters.length, 3);
    assert.deepEqual((await webhooks(made.sid).fetch()).configuration, made.configuration);
    assert.ok(sidsOf(await webhooks.list()).includes(made.sid));

    // By its SID: this version of the library cannot act on what `create` and `list` give.
    const changed = await webhooks(made.sid).update({ "configuration.url": `${URL}&2`, "configuration.method": "GET" });
    assert.equal(changed.configuration.url, `${URL}&2`);
    assert.equal(changed.configuration.method.toUpperCase(), "GET");
    assert.deepEqual(changed.configuration.filters, made.configuration.filters);

    assert.equal(await changed.remove(), true);
    assert.ok(!sidsOf(await webhooks.list()).includes(made.sid));
  });
}

test("triggers and flows", async () => {
  const webhooks = webhooksOf(OPEN);
  const words = ["réclamation", "日本語 🙂", "a&b=c"];
  const keywords = { target: "trigger", "configuration.url": URL, "configuration.triggers": words };
  const trigger = await webhooks.create(keywords);
  const flow = `FW${"a".repeat(32)}`;
  const studio = await webhooks.create({ target: "studio", "configuration.flowSid": flow });
  const fetched = await webhooks(trigger.sid).fetch();
  assert.deepEqual([fetched.target, studio.target], ["trigger", "studio"]);
  assert.ok(Object.values(fetched.configuration).some((value) => String(value) === String(words)));
  assert.equal(studio.configuration.flow_sid, flow);
});

test("a base URL is enough for writes", async () => {
  const webhooks = webhooksOf(OPEN, clientWithBaseUrl());
  const { sid } = await webhooks.create(HOOK);
  assert.equal((await webhooks(sid).update({ "configuration.method": "GET" })).sid, sid);
  assert.equal(await webhooks(sid).remove(), true);
});

test("conversations", async () => {
  const { conversations } = client().conversations.v1;
  assert.equal(distinct(await pages(3, () => conversations.list({ pageSize: 50 }))), 138);
  assert.equal((await conversations(LARGE).fetch()).state, "active");
});

test("services", async () => {
  const { services } = client().conversations.v1;
  assert.equal(distinct(await services.list()), 3);
  assert.equal((await services(DEFAULT_SERVICE).fetch()).sid, DEFAULT_SERVICE);
});

test("address configurations", async () => {
  const { addressConfigurations } = client().conversations.v1;
  const listed = await addressConfigurations.list({ pageSize: 5 });
  assert.ok(listed.length > 5);
  assert.equal((await addressConfigurations(listed.at(-1).sid).fetch()).address, listed.at(-1).address);
});

test("webhook configuration of account and service", async () => {
  const version = client().conversations.v1;
  const account = version.configuration.webhooks();
  assert.equal((await account.update({ postWebhookUrl: URL })).postWebhookUrl, URL);
  assert.equal((await account.fetch()).postWebhookUrl, URL);
  const service = version.services(DEFAULT_SERVICE).configuration.webhooks();
  assert.equal((await service.update({ preWebhookUrl: URL })).preWebhookUrl, URL);
  assert.equal((await service.fetch()).preWebhookUrl, URL);
});
