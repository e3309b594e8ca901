// What the gateway would do with a request, told without doing it.

import { fill, h } from './dom.js';
import { badge, choice, facts, field, text } from './elements.js';
import { folded } from './json.js';
import { stay, to } from './place.js';
import { described, problem } from './problem.js';

/** @import { Explanation, Page, Shown } from './types.js' */

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

/** @param {Page} page @returns {Shown} */
export function explain(page) {
  const { params } = page;
  const place = h('div', { role: 'region', 'aria-label': 'Explanation' });
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const question = Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]));
    const { method, path, client } = question;
    stay(to('explain', '', { method, path, client }));
    answer(page, place, question);
  };
  const methods = METHODS.map((method) => /** @type {const} */ ([method, method]));
  return {
    title: 'Explain',
    content: [
      h(
        'p',
        {},
        'What would be done with a request: who would answer it, what is sent to which provider, whose limits count. ',
        'Nothing is sent, charged or changed.',
      ),
      h(
        'form',
        { class: 'card', onsubmit: submit },
        field('Method', choice('method', methods, params.get('method') ?? 'GET')),
        field(
          'Path',
          text('path', params.get('path') ?? '/v1/numbers', { required: true, pattern: '/.*' }),
          'With its query, of the API or of the pass-through.',
        ),
        field(
          'Client',
          text('client', params.get('client')),
          'A name from the configuration; empty asks as nobody.',
        ),
        field(
          'Body',
          h('textarea', { id: 'body', name: 'body', rows: 3 }),
          'JSON, for a request that has one.',
        ),
        h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'primary' }, 'Explain')),
      ),
      place,
    ],
  };
}

/** @param {Page} page @param {Element} place @param {Record<string, string>} question */
async function answer({ gateway, signal }, place, { method, path, client, body }) {
  try {
    const asked = { method, path, ...(client && { client }), ...(body && { body: parsed(body) }) };
    const { data } = await gateway.send('POST', '/v1/explain', { body: asked, signal });
    fill(place, explained(/** @type {Explanation} */ (data)));
    place.querySelector('h2')?.focus();
  } catch (error) {
    if (!signal.aborted) fill(place, problem(error));
  }
}

/** @param {string} body @returns {unknown} */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Error(`The body is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** @param {Explanation} it */
function explained(it) {
  return [
    h('h2', { tabindex: -1 }, `${it.method} ${it.path}`),
    facts([
      ['Answered by', badge(it.answered_by)],
      ['Asked by', it.client ?? 'nobody'],
      ['Route', h('code', {}, it.route)],
      ['Operation', it.operation],
      ['Takes scope', it.scope],
      ['Connection', it.connection],
    ]),
    it.problem && described(it.problem),
    it.cache && cached(it.cache),
    h(
      'h2',
      {},
      it.answered_by === 'cache' ? 'Sent to providers, if the cache did not answer' : 'Sent to providers',
    ),
    it.upstream.length === 0 ? h('p', {}, 'Nothing.') : it.upstream.map(sent),
    h('h2', {}, 'Limits'),
    limits(it.limits),
  ];
}

/** @param {NonNullable<Explanation['cache']>} entry */
function cached(entry) {
  return [
    h('h2', {}, 'Cache'),
    facts([
      ['Entry', badge(entry.entry)],
      ['Age', entry.age_seconds !== null && `${entry.age_seconds} s`],
      ['Good for', `${entry.ttl_seconds} s`],
      ['Key', h('code', {}, entry.key)],
    ]),
    folded('What the key is made of', entry.key_parts),
  ];
}

/** @param {Explanation['upstream'][number]} request */
function sent({ connection, method, url, headers, body, credential }) {
  return h(
    'article',
    { class: 'card', 'aria-label': `Request to ${connection}` },
    h('h3', {}, connection),
    h('p', {}, h('code', { class: 'url' }, `${method} ${url}`)),
    folded('Headers', headers),
    body !== null && folded('Body', body),
    facts([['Credential', Object.entries(credential).map(([name, value]) => `${name} ${value} `)]]),
  );
}

/** @param {Explanation['limits']} all */
function limits({ client, connections }) {
  const of = Object.entries(connections).map(
    ([name, { rate_limit: rate, max_concurrency: most, max_wait: wait, health }]) =>
      facts([
        ['Connection', name],
        ['Rate', setting(rate)],
        ['At once', setting(most)],
        ['Longest wait', setting(wait)],
        ['Health', health && badge(health)],
      ]),
  );
  return [facts([['The client’s rate', setting(client)]]), of];
}

/** In the words of the configuration. @param {unknown} value @returns {string} */
function setting(value) {
  if (value === null) return 'no limit';
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${part}`)
    .join(', ');
}
