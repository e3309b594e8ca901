// What the gateway is doing now: it is asked every two seconds while somebody looks.

import { Board } from './board.js';
import { choice, field } from './elements.js';
import { go, to } from './place.js';
import { poll } from './poll.js';

/** @import { Overview, Page, Shown } from './types.js' */

/** As many connections as are drawn at once. */
const MOST = 12;

/** @param {Page} page @returns {Promise<Shown>} */
export async function overview({ gateway, params, signal }) {
  const read = async () => /** @type {{ data: Overview }} */ (await gateway.get('/v1/overview', signal)).data;
  // The first one is asked for here, so that a refusal is the whole view.
  const first = await read();
  const names = first.connections.map(({ name }) => name);
  const chosen = params.get('connection');
  const drawn = chosen === null ? names.slice(0, MOST) : names.filter((name) => name === chosen);
  const board = new Board(first, drawn, signal);
  poll(read, board, signal);
  return { title: 'Overview', content: [names.length > MOST && another(names, chosen), board.elements] };
}

/** @param {readonly string[]} names @param {string | null} chosen */
function another(names, chosen) {
  const options = names.map((name) => /** @type {const} */ ([name, name]));
  const select = choice('shown', [['', `the first ${MOST} of ${names.length}`], ...options], chosen);
  select.addEventListener('change', () => go(to('overview', '', { connection: select.value })));
  return field('Connections', select);
}
