// One number: what it is, who answers there, and its webhook.

import { can } from './capability.js';
import { h } from './dom.js';
import { facts, time } from './elements.js';
import { bothForms, folded } from './json.js';
import { to } from './place.js';
import { card } from './webhooks.js';

/** @import { NumberResource, Page, Shown } from './types.js' */

/** @param {Page} page @returns {Promise<Shown>} */
export async function number(page) {
  const path = `/v1/numbers/${encodeURIComponent(page.id)}`;
  const { data: found } = /** @type {{ data: NumberResource }} */ (await page.gateway.get(path, page.signal));
  return {
    title: found.address ?? found.id,
    content: [
      h(
        'p',
        {},
        h('a', { href: to('numbers', '', { connection: found.connection }) }, `Numbers of ${found.connection}`),
      ),
      facts([
        ['Id', h('code', {}, found.id)],
        ['Channel', found.channel],
        ['Label', found.label],
        ['Messaging service', found.messaging_service_id],
        ['Conversations', found.conversation_count],
        ['Created', found.created_at && time(found.created_at)],
        ['Changed', found.updated_at && time(found.updated_at)],
      ]),
      found.agent !== null && folded('Agent', found.agent),
      bothForms(page, found.self),
      h(
        'section',
        { 'aria-labelledby': 'webhook' },
        h('h2', { id: 'webhook' }, 'Webhook'),
        webhook(page, found),
      ),
    ],
  };
}

/** @param {Page} page @param {NumberResource} number */
function webhook(page, { connection, self, webhook: known }) {
  if (known !== null) return card(page, known);
  const none = h('p', {}, 'None.');
  if (!can(page, connection, 'number_webhooks', 'replace')) return none;
  return [
    none,
    h(
      'p',
      {},
      h('a', { class: 'button', href: to('webhook', '', { at: `${self}/webhook` }) }, 'Set a webhook'),
    ),
  ];
}
