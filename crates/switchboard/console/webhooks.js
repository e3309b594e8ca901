// Webhooks as cards: what each calls and when, where it is inherited from, and what can be done with it.

import { can } from './capability.js';
import { confirmed } from './confirm.js';
import { h } from './dom.js';
import { badge, cut, facts, sources, time } from './elements.js';
import { bothForms } from './json.js';
import { go, to } from './place.js';
import { problem } from './problem.js';

/** @import { Child, List, Page, Webhook } from './types.js' */

/**
 * How each scope's webhooks are changed, if they are.
 * @type {Record<Webhook['scope']['type'], { resource: string, change: string, remove: string | null }>}
 */
const SCOPES = {
  conversation: { resource: 'conversation_webhooks', change: 'update', remove: 'delete' },
  number: { resource: 'number_webhooks', change: 'replace', remove: 'delete' },
  service: { resource: 'service_webhooks', change: 'update', remove: null },
  account: { resource: 'account_webhooks', change: 'update', remove: null },
};

/** @param {Page} page @param {List<Webhook>} list */
export function webhooks(page, list) {
  const none = list.data.length === 0 && h('p', {}, 'None.');
  return [sources(list), cut(list), none, list.data.map((webhook) => card(page, webhook))];
}

/** @param {Page} page @param {Webhook} webhook */
export function card(page, webhook) {
  const { target, scope } = webhook;
  return h(
    'article',
    { class: 'card', 'aria-label': `Webhook ${webhook.id} of ${scope.type} ${scope.id}` },
    h('h3', {}, called(webhook), ' ', badge(scope.type), !webhook.enabled && [' ', badge('off', 'disabled')]),
    webhook.inherited && h('p', {}, 'Inherited from ', origin(webhook), '.'),
    webhook.overridden && h('p', {}, 'Not in effect here: a narrower one takes its place.'),
    webhook.source === 'observed' &&
      h('p', {}, 'Known only from what was delivered; the provider does not tell it.'),
    webhook.source === 'template' && h('p', {}, 'A template: it shapes conversations that are yet to begin.'),
    facts([
      ['Called', `${webhook.phase} it happens`],
      ['By', target.type === 'http' && target.method],
      ['For', events(webhook)],
      ['Keywords', webhook.keywords.join(', ')],
      ['Created', webhook.created_at && time(webhook.created_at)],
      ['Changed', webhook.updated_at && time(webhook.updated_at)],
    ]),
    bothForms(page, webhook.self),
    actions(page, webhook),
  );
}

/** @param {Webhook} webhook */
function called({ target }) {
  if (target.type === 'http') return h('span', { class: 'url' }, target.url ?? 'no URL');
  return target.type === 'flow' ? `Flow ${target.flow_id}` : target.type;
}

/** @param {Webhook} webhook */
function events({ events: names }) {
  return names.includes('*') ? 'everything' : names.map((name) => [h('code', {}, name), ' ']);
}

/** @param {Webhook} webhook @returns {Child} */
function origin({ scope }) {
  if (scope.type === 'number') return h('a', { href: to('numbers', scope.id) }, `number ${scope.id}`);
  if (scope.type === 'conversation') return h('a', { href: to('conversations', scope.id) }, scope.id);
  return `${scope.type} ${scope.id}`;
}

/**
 * What is inherited from a number is changed where the number is.
 * @param {Page} page
 * @param {Webhook} webhook
 */
function actions(page, webhook) {
  const { scope, connection, self } = webhook;
  const { resource, change, remove } = SCOPES[scope.type];
  if (webhook.source === 'observed' || (scope.type === 'number' && webhook.inherited)) return null;
  const place = h('div', {});
  const ask = async () => {
    const others = scope.type === 'number' ? ' Conversations of this number may lose it too.' : '';
    try {
      // Only what is asked about is deleted, not what somebody makes of it meanwhile.
      const { data, etag } = /** @type {{ data: Webhook, etag: string }} */ (
        await page.gateway.get(self, page.signal)
      );
      const what = ['Nothing more is sent to ', called(data), '.', others];
      if (!(await confirmed('Delete this webhook?', what, 'Delete'))) return;
      await page.gateway.send('DELETE', self, { etag, signal: page.signal });
      go(location.hash);
    } catch (error) {
      if (!page.signal.aborted) place.replaceChildren(problem(error));
    }
  };
  const label = webhook.target.type === 'http' ? webhook.target.url : webhook.id;
  return [
    h(
      'div',
      { class: 'actions' },
      can(page, connection, resource, change) &&
        h(
          'a',
          {
            class: 'button',
            href: to('webhook', '', { at: self, from: location.hash }),
            'aria-label': `Edit ${label}`,
          },
          'Edit',
        ),
      remove !== null &&
        can(page, connection, resource, remove) &&
        h(
          'button',
          { type: 'button', class: 'danger', onclick: ask, 'aria-label': `Delete ${label}` },
          'Delete',
        ),
    ),
    place,
  ];
}
