// Numbers of all connections.

import { h } from './dom.js';
import { choice, field, pager, sources, table, text } from './elements.js';
import { withQuery } from './gateway.js';
import { go, to } from './place.js';

/** @import { Connection, List, NumberResource, Page, Shown } from './types.js' */

/** @param {Page} page @returns {Promise<Shown>} */
export async function numbers({ gateway, connections, params, signal }) {
  const path = withQuery('/v1/numbers', Object.fromEntries(params));
  const { data: list } = /** @type {{ data: List<NumberResource> }} */ (await gateway.get(path, signal));
  return {
    title: 'Numbers',
    content: [
      filters(connections, params),
      sources(list),
      shown(list),
      pager('numbers', params, list.next_cursor),
    ],
  };
}

/** @param {List<NumberResource>} list */
function shown({ data }) {
  if (data.length === 0) return h('p', {}, 'No number is like this.');
  return table('Numbers', data, [
    ['Number', (n) => h('a', { href: to('numbers', n.id) }, n.address ?? n.id)],
    ['Connection', (n) => n.connection],
    ['Channel', (n) => n.channel],
    ['Label', (n) => n.label],
    ['Webhook', (n) => called(n)],
    ['Conversations', (n) => n.conversation_count],
  ]);
}

/** @param {NumberResource} number */
function called({ webhook }) {
  if (webhook === null) return null;
  if (webhook.target.type === 'http')
    return webhook.target.url && h('span', { class: 'url' }, webhook.target.url);
  return webhook.target.type;
}

/** @param {readonly Connection[]} connections @param {URLSearchParams} params */
function filters(connections, params) {
  const names = connections.map(({ name }) => /** @type {const} */ ([name, name]));
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    go(to('numbers', '', Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]))));
  };
  return h(
    'form',
    { class: 'filters', role: 'search', onsubmit: submit },
    field('Connection', choice('connection', [['', 'all'], ...names], params.get('connection'))),
    field('Channel', text('channel', params.get('channel'), { placeholder: 'sms' })),
    h('button', { type: 'submit' }, 'Filter'),
  );
}
