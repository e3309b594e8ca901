// A resource as JSON: the neutral form, and beside it what the provider says.

import { fill, h } from './dom.js';
import { problem } from './problem.js';
import { withQuery } from './gateway.js';

/** @import { Page } from './types.js' */

/** JSON to read, folded. @param {string} summary @param {unknown} value */
export function folded(summary, value) {
  return h('details', {}, h('summary', {}, summary), block(summary, value));
}

/**
 * Both forms of what stands at a path, read when unfolded.
 * @param {Page} page
 * @param {string} path
 */
export function bothForms({ gateway, signal }, path) {
  const place = h('div', {});
  const open = async () => {
    if (!details.open || place.hasChildNodes()) return;
    fill(place, h('p', { class: 'quiet' }, 'Reading…'));
    try {
      const { data } = await gateway.get(withQuery(path, { include: 'raw' }), signal);
      const { raw, ...neutral } = /** @type {{ raw: unknown }} */ (data);
      fill(place, h('div', { class: 'both' }, form('Neutral', neutral), form('Provider’s own', raw)));
    } catch (error) {
      if (!signal.aborted) fill(place, problem(error));
    }
  };
  const details = h('details', { ontoggle: open }, h('summary', {}, 'JSON, neutral and raw'), place);
  return details;
}

/** @param {string} title @param {unknown} value */
function form(title, value) {
  return h('div', {}, h('h4', {}, title), block(title, value));
}

/**
 * It may be wider than its place, so the keyboard can reach and scroll it.
 * @param {string} label
 * @param {unknown} value
 */
function block(label, value) {
  return h('pre', { tabindex: 0, role: 'region', 'aria-label': label }, JSON.stringify(value, null, 2));
}
