// What was sent to a conversation's webhooks: each delivery with its attempts in time.

import { can } from './capability.js';
import { confirmed } from './confirm.js';
import { fill, h } from './dom.js';
import { badge, cut, sources, time } from './elements.js';
import { duration, instant } from './format.js';
import { bothForms, folded } from './json.js';
import { go, stay, to } from './place.js';
import { problem } from './problem.js';

/** @import { Attempt, Conversation, Page, WebhookDelivery } from './types.js' */

const STATUSES = ['failed', 'pending', 'delivered'];

/** @param {Page} page @param {Conversation} of */
export async function deliveries(page, of) {
  if (!can(page, of.connection, 'webhook_deliveries', 'list')) {
    return h('p', { class: 'quiet' }, `${of.connection} does not tell what it delivered.`);
  }
  /** @type {import('./types.js').List<WebhookDelivery>} */
  const list = await page.gateway.all(`${of.self}/webhook-deliveries`, page.signal);
  if (list.data.length === 0) return [sources(list), h('p', {}, 'Nothing was delivered yet.')];
  const place = h('div', {});
  const show = (/** @type {string} */ status) => {
    const wanted = list.data.filter((delivery) => status === '' || delivery.status === status);
    fill(
      place,
      wanted.length === 0 && h('p', {}, 'None.'),
      wanted.map((delivery) => card(page, delivery)),
    );
  };
  const chosen = page.params.get('deliveries') ?? '';
  show(chosen);
  const choose = (/** @type {string} */ status) => {
    stay(to('conversations', of.id, { deliveries: status }));
    show(status);
  };
  return [sources(list), cut(list), filter(list.data, chosen, choose), place];
}

/**
 * @param {readonly WebhookDelivery[]} all
 * @param {string} chosen
 * @param {(status: string) => void} choose
 */
function filter(all, chosen, choose) {
  const option = (/** @type {string} */ status) => {
    const count = all.filter((delivery) => status === '' || delivery.status === status).length;
    const input = h('input', {
      type: 'radio',
      name: 'deliveries',
      value: status,
      checked: status === chosen,
      onchange: () => choose(status),
    });
    return h('label', { class: 'box' }, input, ` ${status || 'all'} (${count})`);
  };
  return h('fieldset', { class: 'choice' }, h('legend', {}, 'Show'), ['', ...STATUSES].map(option));
}

/** @param {Page} page @param {WebhookDelivery} delivery */
function card(page, delivery) {
  const { event, status, url, attempts, payload } = delivery;
  return h(
    'article',
    { class: `card ${status}`, 'aria-label': `Delivery of ${event}, ${status}` },
    h('h3', {}, event, ' ', badge(status)),
    h('p', {}, 'To ', h('span', { class: 'url' }, url), ', on ', time(delivery.created_at)),
    delivery.completeness !== 'full' &&
      h('p', { class: 'quiet' }, `Known of it: ${delivery.completeness.replaceAll('_', ' ')}.`),
    timeLine(attempts),
    payload === null
      ? h('p', { class: 'quiet' }, 'The payload takes scope ', h('code', {}, 'sensitive'), '.')
      : folded('Payload', payload),
    bothForms(page, delivery.self),
    again(page, delivery),
  );
}

/** The attempts, each with the time since the one before. @param {readonly Attempt[]} attempts */
function timeLine(attempts) {
  if (attempts.length === 0) return h('p', {}, 'No attempt yet.');
  const attempt = (/** @type {Attempt} */ one, /** @type {number} */ index) => {
    const before = attempts[index - 1];
    return h(
      'li',
      { class: one.outcome },
      h(
        'p',
        {},
        badge(one.outcome),
        ` ${one.status_code ?? ''} `,
        one.duration_ms !== null && h('span', {}, `in ${duration(one.duration_ms)}`),
      ),
      h('p', { class: 'quiet' }, when(one, before), one.kind !== null && `, ${one.kind.replaceAll('_', ' ')}`),
      one.error !== null && h('p', {}, one.error),
    );
  };
  return h('ol', { class: 'line', 'aria-label': 'Attempts' }, attempts.map(attempt));
}

/** @param {Attempt} attempt @param {Attempt | undefined} before */
function when({ sent_at: sent }, before) {
  if (sent === null) return 'at an unknown time';
  const since = before?.sent_at ? Date.parse(sent) - Date.parse(before.sent_at) : 0;
  return [
    h('time', { datetime: sent, title: sent }, instant(sent)),
    since > 0 && `, ${duration(since)} after the one before`,
  ];
}

/** @param {Page} page @param {WebhookDelivery} delivery */
function again(page, { connection, self, url }) {
  if (!can(page, connection, 'webhook_deliveries', 'redeliver')) return null;
  const place = h('div', {});
  const send = async () => {
    const what = [h('span', { class: 'url' }, url), ' is called again with the same payload.'];
    if (!(await confirmed('Send this once more?', what, 'Send'))) return;
    try {
      await page.gateway.send('POST', `${self}/redeliver`, { signal: page.signal });
      go(location.hash);
    } catch (error) {
      if (!page.signal.aborted) fill(place, problem(error));
    }
  };
  return [h('div', { class: 'actions' }, h('button', { type: 'button', onclick: send }, 'Send again')), place];
}
