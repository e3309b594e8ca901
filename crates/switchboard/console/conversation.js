// One conversation: what it is, the webhooks that apply to it, and what was delivered to them.

import { can } from './capability.js';
import { deliveries } from './deliveries.js';
import { h } from './dom.js';
import { badge, facts, time } from './elements.js';
import { bothForms, folded } from './json.js';
import { to } from './place.js';
import { webhooks } from './webhooks.js';

/** @import { Conversation, List, Page, Shown, Webhook } from './types.js' */

/** @param {Page} page @returns {Promise<Shown>} */
export async function conversation(page) {
  const { gateway, id, signal } = page;
  const path = `/v1/conversations/${encodeURIComponent(id)}`;
  const { data: found } = /** @type {{ data: Conversation }} */ (await gateway.get(path, signal));
  const [applied, delivered] = await Promise.all([applying(page, found), deliveries(page, found)]);
  return {
    title: found.name ?? found.native_id ?? found.id,
    content: [
      h(
        'p',
        {},
        h(
          'a',
          { href: to('conversations', '', { connection: found.connection }) },
          `Conversations of ${found.connection}`,
        ),
      ),
      about(found),
      found.attributes !== null && folded('Attributes', found.attributes),
      bothForms(page, found.self),
      h(
        'section',
        { 'aria-labelledby': 'webhooks' },
        h('h2', { id: 'webhooks' }, 'Webhooks that apply'),
        applied,
      ),
      h('section', { 'aria-labelledby': 'deliveries' }, h('h2', { id: 'deliveries' }, 'Deliveries'), delivered),
    ],
  };
}

/** @param {Conversation} it */
function about(it) {
  return facts([
    ['Status', [it.status && badge(it.status), it.closed_reason && ` ${it.closed_reason.replace('_', ' ')}`]],
    ['Id', h('code', {}, it.id)],
    ['Service', it.service_id],
    ['Channel', it.channel],
    ['User’s number', it.user_number],
    [
      'Our number',
      it.agent_number && h('a', { href: to('numbers', '', { connection: it.connection }) }, it.agent_number),
    ],
    ['Messages', it.message_count],
    ['Last message', it.last_message_at && time(it.last_message_at)],
    ['Created', it.created_at && time(it.created_at)],
    ['Changed', it.updated_at && time(it.updated_at)],
  ]);
}

/**
 * The webhooks, from the narrowest scope to the widest, and how to make one.
 * @param {Page} page
 * @param {Conversation} of
 */
async function applying(page, of) {
  const path = `${of.self}/webhooks?effective=true`;
  const list = /** @type {List<Webhook>} */ (await page.gateway.all(path, page.signal));
  const mayCreate = can(page, of.connection, 'conversation_webhooks', 'create');
  return [
    webhooks(page, list),
    mayCreate
      ? h(
          'p',
          {},
          h('a', { class: 'button', href: to('webhook', '', { in: `${of.self}/webhooks` }) }, 'New webhook'),
        )
      : h(
          'p',
          { class: 'quiet' },
          `${of.connection} has no webhooks of a single conversation to make or change.`,
        ),
  ];
}
