// @ts-check
import { createClient, isProblem } from '@switchboard/client';

/** @import { Webhook, WebhookDelivery } from '@switchboard/client' */

const form = document.forms[0] ?? fail();
const status = element('[role=status]');
let controller = new AbortController();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  show();
});
show();

// What is still under way for another conversation ends.
async function show() {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const data = new FormData(form);
  const client = createClient({ baseUrl: String(data.get('gateway')) });
  const conversation = String(data.get('conversation'));

  status.textContent = 'Loading…';
  const webhooks = client.conversations.webhooks(conversation).list({ effective: true }, { signal });
  const deliveries = client.conversations.deliveries(conversation).list({}, { signal });
  const counts = await Promise.all([
    fill('webhooks', webhooks, webhookCells, signal),
    fill('deliveries', deliveries, deliveryCells, signal),
  ]);
  if (!signal.aborted) status.textContent = `Webhooks: ${counts[0]}, deliveries: ${counts[1]}`;
}

/**
 * Adds a row for each item as it comes, and says what went wrong.
 * @template T
 * @param {string} id
 * @param {AsyncIterable<T>} items
 * @param {(item: T) => (string | null)[]} cells
 * @param {AbortSignal} signal
 */
async function fill(id, items, cells, signal) {
  const body = element(`#${id}`);
  const problem = element(`#${id}-problem`);
  body.replaceChildren();
  problem.textContent = '';
  try {
    for await (const item of items) {
      const row = body.appendChild(document.createElement('tr'));
      for (const text of cells(item)) row.appendChild(document.createElement('td')).textContent = text ?? '–';
    }
  } catch (error) {
    if (!signal.aborted) problem.textContent = describe(error);
  }
  return body.children.length;
}

/** @param {Webhook} webhook */
function webhookCells({ target, events, keywords, scope, source, inherited, overridden, enabled }) {
  return [
    describeTarget(target),
    keywords.length > 0 ? `keywords: ${keywords.join(', ')}` : events.join(', '),
    `${scope.type} ${scope.id}${inherited ? ' (inherited)' : ''}`,
    [source, enabled ? 'enabled' : 'disabled', ...(overridden ? ['overridden'] : [])].join(', '),
  ];
}

/** @param {Webhook['target']} target */
function describeTarget(target) {
  switch (target.type) {
    case 'http':
      return `${target.method ?? ''} ${target.url ?? '–'}`;
    case 'flow':
      return `flow ${target.flow_id ?? '–'}`;
    default:
      return target.type;
  }
}

/** @param {WebhookDelivery} delivery */
function deliveryCells({ created_at, event, url, status, attempts }) {
  return [
    created_at && new Date(created_at).toLocaleString(),
    event,
    url,
    status,
    attempts.map((attempt) => `${attempt.status_code ?? attempt.outcome} in ${attempt.duration_ms ?? '?'} ms`).join(', '),
  ];
}

/** @param {unknown} error */
function describe(error) {
  if (isProblem(error, 'unsupported_by_provider')) return `Not at this provider: ${error.problem.detail}`;
  if (isProblem(error)) {
    return `${error.problem.title}: ${error.problem.detail}\nRequest ${error.requestId}`;
  }
  return `The gateway could not be reached: ${error}`;
}

/** @param {string} selector */
function element(selector) {
  return document.querySelector(selector) ?? fail();
}

/** @returns {never} */
function fail() {
  throw new Error('the page is not complete');
}
