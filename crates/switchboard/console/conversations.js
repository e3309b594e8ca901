// Conversations of all connections, narrowed down by filters.

import { h } from './dom.js';
import { badge, choice, field, pager, sources, table, text, time } from './elements.js';
import { withQuery } from './gateway.js';
import { go, to } from './place.js';

/** @import { Conversation, Connection, List, Page, Shown } from './types.js' */

const STATUSES = ['pending', 'active', 'inactive', 'closed'];

/** @param {Page} page @returns {Promise<Shown>} */
export async function conversations({ gateway, connections, params, signal }) {
  const path = withQuery('/v1/conversations', Object.fromEntries(params));
  const { data: list } = /** @type {{ data: List<Conversation> }} */ (await gateway.get(path, signal));
  return {
    title: 'Conversations',
    content: [
      filters(connections, params),
      sources(list),
      shown(list),
      pager('conversations', params, list.next_cursor),
    ],
  };
}

/** @param {List<Conversation>} list */
function shown({ data }) {
  if (data.length === 0) return h('p', {}, 'No conversation is like this.');
  return table('Conversations', data, [
    ['Conversation', (c) => h('a', { href: to('conversations', c.id) }, c.name ?? c.native_id ?? c.id)],
    ['Connection', (c) => c.connection],
    [
      'Status',
      (c) => [c.status && badge(c.status), c.closed_reason && ` ${c.closed_reason.replace('_', ' ')}`],
    ],
    ['Channel', (c) => c.channel],
    ['Numbers', (c) => [c.user_number, c.agent_number].filter(Boolean).join(' ↔ ') || null],
    ['Messages', (c) => c.message_count],
    ['Last message', (c) => time(c.last_message_at)],
    ['Created', (c) => time(c.created_at)],
  ]);
}

/** @param {readonly Connection[]} connections @param {URLSearchParams} params */
function filters(connections, params) {
  const names = connections.map(({ name }) => /** @type {const} */ ([name, name]));
  const statuses = STATUSES.map((status) => /** @type {const} */ ([status, status]));
  const day = (/** @type {string} */ name) => text(name, params.get(name)?.slice(0, 10), { type: 'date' });
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    go(to('conversations', '', wanted(form)));
  };
  return h(
    'form',
    { class: 'filters', role: 'search', onsubmit: submit },
    field('Connection', choice('connection', [['', 'all'], ...names], params.get('connection'))),
    field('Status', choice('status', [['', 'any'], ...statuses], params.get('status'))),
    field('User’s number', text('user_number', params.get('user_number'), { inputmode: 'tel' })),
    field('Our number', text('agent_number', params.get('agent_number'), { inputmode: 'tel' })),
    field('Service', text('service_id', params.get('service_id'))),
    field('Created from', day('created_after')),
    field('Created before', day('created_before')),
    h('button', { type: 'submit' }, 'Filter'),
  );
}

/** The query of a filled form: a day stands for its beginning. @param {FormData} form */
function wanted(form) {
  const entries = [...form].map(([name, value]) => {
    const given = String(value).trim();
    return [name, name.startsWith('created_') && given !== '' ? `${given}T00:00:00Z` : given];
  });
  return Object.fromEntries(entries);
}
