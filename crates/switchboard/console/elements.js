// What several views show alike: badges, facts, tables, pagers, sources.

import { h } from './dom.js';
import { duration, instant } from './format.js';
import { to } from './place.js';
import { described } from './problem.js';

/** @import { Child, List, Source } from './types.js' */

/** Words that are good or bad wherever they stand. @type {Record<string, string>} */
const MOODS = {
  active: 'good',
  delivered: 'good',
  success: 'good',
  ok: 'good',
  up: 'good',
  pending: 'odd',
  degraded: 'odd',
  stale: 'odd',
  half_open: 'odd',
  timeout: 'bad',
  disabled: 'odd',
  failed: 'bad',
  down: 'bad',
  open: 'bad',
  error: 'bad',
  away: 'bad',
  http_error: 'bad',
  network_error: 'bad',
};

/** A word that stands out. @param {string} word @param {string} [kind] */
export function badge(word, kind = word) {
  return h('span', { class: `badge ${MOODS[kind] ?? ''}` }, word.replaceAll('_', ' '));
}

/** A point of time. @param {string | null} value */
export function time(value) {
  return value === null ? null : h('time', { datetime: value, title: value }, instant(value));
}

/** Names with values; what has none is left out. @param {[string, Child][]} pairs */
export function facts(pairs) {
  const known = pairs.filter(
    ([, value]) => value !== null && value !== undefined && value !== false && value !== '',
  );
  return h(
    'dl',
    { class: 'facts' },
    known.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/**
 * A table that is a list of cards where there is no room for one. The roles say what it is in both forms. A column
 * without any value is left out.
 * @template T
 * @param {string} caption
 * @param {readonly T[]} rows
 * @param {[string, (row: T) => Child][]} columns
 */
export function table(caption, rows, columns) {
  const known = columns.filter(([, value]) => rows.some((row) => (value(row) ?? '') !== ''));
  const head = known.map(([name]) => h('th', { scope: 'col', role: 'columnheader' }, name));
  const cell =
    (/** @type {T} */ row) =>
    (/** @type {[string, (row: T) => Child]} */ [name, value]) =>
      h('td', { role: 'cell', 'data-label': name }, h('span', {}, value(row) ?? '–'));
  return h(
    'table',
    { role: 'table' },
    h('caption', { class: 'hidden' }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)),
    h(
      'tbody',
      { role: 'rowgroup' },
      rows.map((row) => h('tr', { role: 'row' }, known.map(cell(row)))),
    ),
  );
}

/**
 * Leads to the other pages of a list.
 * @param {string} view
 * @param {URLSearchParams} params
 * @param {string | null} next
 */
export function pager(view, params, next) {
  const query = Object.fromEntries(params);
  const first = query['cursor'] && h('a', { href: to(view, '', { ...query, cursor: null }) }, 'First page');
  const more =
    next !== null && h('a', { href: to(view, '', { ...query, cursor: next }), rel: 'next' }, 'Next page');
  return (first || more) && h('nav', { class: 'pager', 'aria-label': 'Pages' }, first, more);
}

/** Says so if a list goes on after what is shown. @param {List<unknown>} list */
export function cut({ data, next_cursor: next }) {
  return (
    next !== null && h('p', { class: 'notice' }, `These are the first ${data.length}; the API has the rest.`)
  );
}

/** What became of each source of a list, where there is something to say. @param {List<unknown>} list */
export function sources({ sources: all }) {
  return all.filter(({ status }) => status !== 'ok').map(source);
}

/** @param {Source} source */
function source({ connection, status, as_of: asOf, problem }) {
  const age = asOf === null ? '' : `, read ${duration(Date.now() - Date.parse(asOf))} ago`;
  return h(
    'div',
    { class: 'notice' },
    h('p', {}, h('strong', {}, connection), ' ', badge(status), status === 'stale' && age),
    problem !== null && status !== 'unsupported' && described(problem),
  );
}

/** A labelled field. @param {string} label @param {HTMLElement} input @param {Child} [hint] */
export function field(label, input, hint) {
  const about = hint ? `${input.id}-hint` : null;
  if (about !== null) input.setAttribute('aria-describedby', about);
  return h(
    'div',
    { class: 'field' },
    h('label', { for: input.id }, label),
    input,
    about !== null && h('p', { id: about, class: 'quiet' }, hint),
  );
}

/**
 * A choice of one.
 * @param {string} id
 * @param {readonly (readonly [string, string])[]} options value and name
 * @param {string | null} chosen
 */
export function choice(id, options, chosen) {
  const option = (/** @type {readonly [string, string]} */ [value, name]) =>
    h('option', { value, selected: value === chosen }, name);
  return h('select', { id, name: id }, options.map(option));
}

/**
 * A line of text.
 * @param {string} id
 * @param {string | null} [value]
 * @param {Record<string, string | boolean>} [more] attributes
 */
export function text(id, value = null, more = {}) {
  return h('input', { id, name: id, type: 'text', value, spellcheck: 'false', autocomplete: 'off', ...more });
}
