// What the tests know of the gateway that they run against, and the code that docs/twilio-clients.md shows.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const twilio = require("twilio");

const { GATEWAY, ADMIN, SANDBOX, SWITCHBOARD_KEY: KEY } = process.env;
const FACE = `${GATEWAY}/proxy/twilio`;
const ACCOUNT = "AC00000000000000000000000000000001";
const PAGE = fs.readFileSync(path.join(__dirname, "../../../docs/twilio-clients.md"), "utf8");

// What the page's code defines, and what it prints until it has ended.
async function runPage() {
  const blocks = [...PAGE.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]);
  const code = blocks.join("\n").replaceAll("http://127.0.0.1:8080", GATEWAY);
  const printed = [];
  const log = (...values) => printed.push(values.join(" "));
  const body = code.replace(/^main\(\);$/m, "return main().then(() => ({ client, Switchboard }));");
  const names = await new Function("require", "console", body)(require, { log });
  return { ...names, printed };
}

// The page's class, without what its code asks the gateway.
const [, declaration] = PAGE.match(/^(class Switchboard extends .*?^\})$/ms);
const Switchboard = new Function("twilio", "GATEWAY", `return ${declaration}`)(twilio, FACE);

// A client as the page makes it.
function client(key = KEY, options = {}) {
  return twilio(ACCOUNT, key, { httpClient: new Switchboard(), ...options });
}

// A client with the library's own HTTP client, which follows links as they are.
function clientWithBaseUrl(url = FACE) {
  const plain = twilio(ACCOUNT, KEY);
  plain.conversations.baseUrl = url;
  return plain;
}

// The webhooks of a conversation.
function webhooksOf(sid, of = client(), service = undefined) {
  const version = of.conversations.v1;
  return (service ? version.services(service) : version).conversations(sid).webhooks;
}

// Asks the sandbox itself for something.
async function sandbox(path, rule = {}) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(SANDBOX + path, { method: "POST", headers, body: JSON.stringify(rule) });
  if (!answer.ok) throw new Error(`the sandbox answers ${answer.status}: ${await answer.text()}`);
}

// Puts the sandbox's data back.
function reset() {
  return sandbox("/sandbox/reset");
}

// Lets the provider's next answer fail.
function fault(rule) {
  return sandbox("/sandbox/faults", { provider: "twilio", ...rule });
}

// How many requests the gateway has had on the pass-through face.
async function requestsServed() {
  const metrics = await (await fetch(`${ADMIN}/metrics`)).text();
  const counts = metrics.matchAll(/^switchboard_http_requests_total\{.*route="\/proxy\/.* (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

module.exports = {
  ACCOUNT,
  FACE,
  KEY,
  PAGE,
  client,
  clientWithBaseUrl,
  fault,
  requestsServed,
  reset,
  runPage,
  webhooksOf,
  // Where keys are asked for, these clients may only read, and ask once.
  READER_KEY: process.env.READER_KEY,
  LIMITED_KEY: process.env.LIMITED_KEY,
  HAS_KEYS: process.env.READER_KEY !== undefined,
  LARGE: "CH00000000000000000000000000000023",
  FULL: "CH00000000000000000000000000000005",
  CLOSED: "CH00000000000000000000000000000001",
  OPEN: "CH00000000000000000000000000000002",
  MISSING: "CH00000000000000000000000000000099",
  DEFAULT_SERVICE: "IS00000000000000000000000000000001",
};
