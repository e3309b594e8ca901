// What providers answer otherwise than is known of them.

import { h } from './dom.js';
import { amount } from './format.js';
import { table, time } from './elements.js';

/** @import { DriftEntry, List, Page, Shown } from './types.js' */

/** @type {Record<string, string>} */
const KINDS = {
  unknown_field: 'a field that nobody knows',
  missing_field: 'a field that is not there',
  type_changed: 'a value of another type',
  unknown_enum: 'a word that nobody knows',
};

const ABOUT =
  'Where providers’ answers differ from what is known of them, since this gateway started. Nothing breaks by it, ' +
  'and no values are kept; a new kind is worth a look at the provider’s changes.';

/** @param {Page} page @returns {Promise<Shown>} */
export async function drift({ gateway, signal }) {
  const { data: list } = /** @type {{ data: List<DriftEntry> }} */ (await gateway.get('/v1/drift', signal));
  return { title: 'Drift', content: [h('p', {}, ABOUT), shown(list.data)] };
}

/** @param {readonly DriftEntry[]} entries */
function shown(entries) {
  if (entries.length === 0) {
    return h('p', { class: 'notice' }, 'None: every answer so far had the shape that is known.');
  }
  return table('Drift', entries, [
    ['Provider', (entry) => entry.provider],
    ['Resource', (entry) => entry.resource.replaceAll('_', ' ')],
    ['Field', (entry) => h('code', {}, entry.path)],
    ['What', (entry) => KINDS[entry.kind] ?? entry.kind],
    ['Times', (entry) => amount(entry.count)],
    ['First', (entry) => time(entry.first_seen)],
    ['Last', (entry) => time(entry.last_seen)],
  ]);
}
