// Where the page starts: asks for a key if the gateway wants one, then shows the view that the fragment names.

import { conversation } from './conversation.js';
import { conversations } from './conversations.js';
import { fill, h } from './dom.js';
import { drift } from './drift.js';
import { explain } from './explain.js';
import { Gateway, Refusal } from './gateway.js';
import { keyForm } from './key.js';
import { number } from './number.js';
import { numbers } from './numbers.js';
import { overview } from './overview.js';
import { parse, to } from './place.js';
import { problem } from './problem.js';
import { webhook } from './webhook.js';

/** @import { Connection, List, View } from './types.js' */

/**
 * What stands in the navigation has a name; what explores has to know the connections.
 * @type {Record<string, { list: View, one?: View, name?: string, explores?: boolean }>}
 */
const VIEWS = {
  overview: { name: 'Overview', list: overview },
  conversations: { name: 'Conversations', list: conversations, one: conversation, explores: true },
  numbers: { name: 'Numbers', list: numbers, one: number, explores: true },
  explain: { name: 'Explain', list: explain },
  drift: { name: 'Drift', list: drift },
  webhook: { list: webhook, explores: true },
};

const credential = document.documentElement.dataset['credential'] ?? 'key';
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const nav = /** @type {HTMLElement} */ (document.querySelector('nav'));
const forget = /** @type {HTMLButtonElement} */ (document.querySelector('#forget'));

/** @type {Gateway | null} */
let gateway = credential === 'nothing' ? new Gateway(null) : null;
let shown = new AbortController();

document.querySelector('#skip')?.addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
forget.addEventListener('click', () => {
  gateway = null;
  ask();
});
addEventListener('hashchange', () => {
  if (location.hash === '' || location.hash.startsWith('#/')) show();
});
show();

/** Shows the view of the fragment, or asks for what it takes. */
async function show() {
  if (gateway === null) return ask();
  const { signal } = leave();
  const place = parse(location.hash);
  const known = VIEWS[place.view];
  const view = place.id === '' ? known?.list : known?.one;
  frame(place.view);
  main.setAttribute('aria-busy', 'true');
  try {
    if (view === undefined) throw new Error(`The console has nothing at ${location.hash}.`);
    const connections = await readConnections(gateway, known?.explores ?? false, signal);
    present(await view({ gateway, connections, params: place.params, id: place.id, signal }), signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Refusal && error.status === 401 && credential !== 'nothing') {
      gateway = null;
      return ask(error);
    }
    present({ title: known?.name ?? 'Switchboard', content: [problem(error)] }, signal);
  }
}

/**
 * They are read for every view, because that tells whether the key is one. A key with scope `admin` alone may not, and
 * has views that do without.
 * @param {Gateway} gateway
 * @param {boolean} needed
 * @param {AbortSignal} signal
 */
async function readConnections(gateway, needed, signal) {
  try {
    /** @type {List<Connection>} */
    const { data } = await gateway.all('/v1/connections', signal);
    return data;
  } catch (error) {
    if (!needed && error instanceof Refusal && error.status === 403) return [];
    throw error;
  }
}

/** @param {import('./types.js').Shown} what @param {AbortSignal} signal */
function present({ title, content }, signal) {
  if (signal.aborted) return;
  const heading = h('h1', { tabindex: -1 }, title);
  fill(main, heading, content);
  main.removeAttribute('aria-busy');
  document.title = `${title} · Switchboard`;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Asks for a key; until there is one, nothing is sent. @param {unknown} [error] */
function ask(error) {
  leave();
  nav.hidden = true;
  forget.hidden = true;
  const form = keyForm(credential === 'token', error, (given) => {
    gateway = new Gateway(given);
    show();
  });
  fill(main, h('h1', {}, 'Switchboard'), form);
  main.removeAttribute('aria-busy');
  document.title = 'Switchboard';
  form.querySelector('input')?.focus();
}

/** Ends the view that is shown. */
function leave() {
  shown.abort();
  shown = new AbortController();
  return shown;
}

/** @param {string} current */
function frame(current) {
  const entries = Object.entries(VIEWS).filter(([, { name }]) => name !== undefined);
  const link = (/** @type {string} */ view, /** @type {string | undefined} */ name) =>
    h('li', {}, h('a', { href: to(view), 'aria-current': view === current && 'page' }, name));
  fill(
    nav,
    h(
      'ul',
      {},
      entries.map(([view, { name }]) => link(view, name)),
    ),
  );
  nav.hidden = false;
  forget.hidden = credential === 'nothing';
}
