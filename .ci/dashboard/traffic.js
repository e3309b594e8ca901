// What happens while the dashboard is looked at: an ordinary hour, towards whose end one client sends more than it may
// and one provider goes down. All of it at the pace of dashboard.sh, so that the hour lasts four minutes.

const { GATEWAY, SANDBOX, DESK_KEY, CAMPAIGNS_KEY, REPORTS_KEY } = process.env;

/** How long it takes to happen. */
export const SECONDS = 240;

const IDS = ['bland:convo_retry', 'bland:convo_abc123', 'twilio:CH00000000000000000000000000000002'];
const LISTS = ['twilio', 'bland'].flatMap((name) => [
  `/v1/conversations?connection=${name}&limit=20`,
  `/v1/conversations?connection=${name}&status=active`,
  `/v1/numbers?connection=${name}`,
]);
const READS = [
  ...LISTS,
  ...IDS.flatMap((id) => [`/v1/conversations/${id}`, `/v1/conversations/${id}/webhooks`]),
  '/v1/conversations/bland:convo_retry/webhook-deliveries',
];
const WRONG = ['/v1/conversations/twilio:CH00000000000000000000000000000404', '/v1/numbers?limit=none'];

/** Who asks, for what, how much of it past the cache, and how often in a second. */
const CLIENTS = [
  { key: DESK_KEY, paths: READS, fresh: 0.2, rate: (second) => 70 + 15 * Math.sin(second / 25) },
  { key: CAMPAIGNS_KEY, paths: LISTS, fresh: 0.1, rate: (second) => (second > 120 && second < 155 ? 75 : 30) },
  { key: REPORTS_KEY, paths: ['/v1/numbers', '/v1/conversations'], fresh: 0.3, rate: () => 8 },
  { key: DESK_KEY, paths: WRONG, fresh: 0, rate: () => 1.5 },
  { key: 'forgotten', paths: ['/v1/numbers'], fresh: 0, rate: () => 0.4 },
];

const SLOW = [
  { provider: 'twilio', times: 0, delay_ms: 45 },
  { provider: 'bland', times: 0, delay_ms: 180 },
];

/** From which second on the providers do what; of these rules the first that fits applies. */
const FAULTS = [
  [0, SLOW],
  [60, [{ provider: 'twilio', times: 25, status: 503 }, ...SLOW]],
  [195, [{ provider: 'bland', times: 0, status: 503 }, ...SLOW]],
];

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Lets it happen, and then go on as it is, until told to stop. @param {AbortSignal} signal */
export async function traffic(signal) {
  const start = performance.now();
  const second = () => (performance.now() - start) / 1000;
  await Promise.all([faults(second, signal), ...CLIENTS.map((client) => asks(client, second, signal))]);
}

async function faults(second, signal) {
  for (const [at, rules] of FAULTS) {
    await pause((at - second()) * 1000);
    if (signal.aborted) return;
    await sandbox('DELETE');
    for (const rule of rules) await sandbox('POST', rule);
  }
}

async function sandbox(method, rule) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${SANDBOX}/sandbox/faults`, { method, headers, body: JSON.stringify(rule) });
  if (!answer.ok) throw new Error(`the sandbox answers ${answer.status}`);
}

/** Asks without waiting for answers, as many people do. */
async function asks({ key, paths, fresh, rate }, second, signal) {
  const open = new Set();
  while (!signal.aborted) {
    const path = paths[Math.floor(Math.random() * paths.length)];
    const headers = { Authorization: `Bearer ${key}` };
    if (Math.random() < fresh) headers['Cache-Control'] = 'no-cache';
    const answer = read(`${GATEWAY}${path}`, headers).then(() => open.delete(answer));
    open.add(answer);
    // Poisson's, with this mean.
    await pause((-Math.log(1 - Math.random()) / rate(second())) * 1000);
  }
  await Promise.all(open);
}

async function read(url, headers) {
  await (await fetch(url, { headers })).arrayBuffer();
}
