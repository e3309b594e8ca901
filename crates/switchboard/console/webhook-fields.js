// The fields of a webhook, and what was written into them.

import { h } from './dom.js';
import { choice, field, text } from './elements.js';
import { EVENTS } from './events.js';

/** @import { Target, Webhook, WebhookInput } from './types.js' */

const GROUPS = ['conversation', 'message', 'participant', 'user'];

/** @param {Webhook | null} webhook */
export function fields(webhook) {
  const target = webhook?.target ?? { type: 'http', url: null, method: null };
  const url = target.type === 'http' ? target.url : null;
  const flow = target.type === 'flow' ? target.flow_id : null;
  const method = target.type === 'http' ? (target.method ?? null) : null;
  const kinds = [
    ['http', 'a URL'],
    ['flow', 'a flow at the provider'],
  ];
  const known = kinds.some(([type]) => type === target.type);
  const options = /** @type {[string, string][]} */ (known ? kinds : [...kinds, [target.type, target.type]]);
  return [
    field('Calls', choice('type', options, target.type)),
    field('URL', text('url', url, { inputmode: 'url' }), 'Absolute, of a public host, without user info.'),
    field(
      'Method',
      choice(
        'method',
        [
          ['', 'the provider’s choice'],
          ['POST', 'POST'],
          ['GET', 'GET'],
        ],
        method,
      ),
    ),
    field('Flow', text('flow_id', flow), 'The provider’s id of the flow, instead of a URL.'),
    chosen(webhook?.events ?? []),
    field(
      'Keywords',
      h('textarea', { id: 'keywords', name: 'keywords', rows: 2 }, webhook?.keywords.join('\n')),
      'One a line: words in a message that trigger it, instead of events.',
    ),
  ];
}

/** @param {readonly string[]} events */
function chosen(events) {
  const box = (/** @type {string} */ value, /** @type {string} */ name) =>
    h(
      'label',
      { class: 'box' },
      h('input', { type: 'checkbox', name: 'events', value, checked: events.includes(value) }),
      ' ',
      name,
    );
  const group = (/** @type {string} */ of) => {
    const names = EVENTS.filter((event) => event.startsWith(`${of}.`));
    return h(
      'div',
      {},
      h('p', { class: 'quiet' }, of),
      names.map((name) => box(name, name.slice(of.length + 1).replaceAll('_', ' '))),
    );
  };
  const others = events.filter((event) => event !== '*' && !EVENTS.includes(event));
  return h(
    'fieldset',
    { class: 'events' },
    h('legend', {}, 'Events'),
    box('*', 'everything'),
    h('div', { class: 'groups' }, GROUPS.map(group)),
    field(
      'Others',
      text('other_events', others.join(' ')),
      'Words of the provider’s own, as the API shows them, with spaces between.',
    ),
  );
}

/** @param {FormData} form @returns {WebhookInput} */
export function read(form) {
  const value = (/** @type {string} */ name) => String(form.get(name) ?? '').trim();
  const others = value('other_events').split(/\s+/);
  const keywords = value('keywords').split('\n');
  return {
    target: target(value),
    events: [...form.getAll('events').map(String), ...others].filter((event) => event !== ''),
    keywords: keywords.map((word) => word.trim()).filter((word) => word !== ''),
  };
}

/** @param {(name: string) => string} value @returns {Target} */
function target(value) {
  const type = value('type');
  if (type === 'flow') return { type, flow_id: value('flow_id') };
  if (type !== 'http') return /** @type {Target} */ ({ type });
  const method = value('method');
  return { type, url: value('url'), method: method === 'GET' || method === 'POST' ? method : null };
}
