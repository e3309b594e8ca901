// All panels of the overview, and what is said above them: whether they are live, paused or without an answer.

import { between } from './counters.js';
import { fill, h } from './dom.js';
import { instant } from './format.js';
import { clients, ConnectionPanel, GatewayPanel } from './panels.js';
import { problem } from './problem.js';

/** @import { Overview } from './types.js' */

const LIVE = 'Live, every two seconds.';
/** Two answers that are further apart, in milliseconds, do not say what happened when. */
const GAP = 10_000;

export class Board {
  #before;
  #gateway;
  #connections;
  #state = h('p', { class: 'quiet', role: 'status' }, LIVE);
  #trouble = h('div', {});
  #clients = h('div', {});

  /**
   * @param {Overview} first
   * @param {readonly string[]} names of the connections to draw
   * @param {AbortSignal} signal
   */
  constructor(first, names, signal) {
    this.#before = first;
    this.#gateway = new GatewayPanel(first, signal);
    this.#connections = names.map((name) => new ConnectionPanel(name, signal));
    this.elements = [
      this.#state,
      this.#trouble,
      this.#gateway.element,
      this.#connections.map((panel) => panel.element),
      h('section', { 'aria-labelledby': 'clients' }, h('h2', { id: 'clients' }, 'Clients'), this.#clients),
    ];
    // Charts need their place in the page first.
    requestAnimationFrame(() => this.tell(first));
  }

  /** @param {Overview} now */
  tell(now) {
    const time = Date.parse(now.as_of);
    const rates = time - Date.parse(this.#before.as_of) > GAP ? null : between(this.#before, now);
    this.#before = now;
    this.#gateway.tell(now, time / 1000, rates?.gateway);
    for (const panel of this.#connections) {
      const connection = now.connections.find(({ name }) => name === panel.name);
      panel.tell(connection, time / 1000, rates?.connections.get(panel.name));
    }
    fill(this.#clients, clients(now.clients));
    fill(this.#trouble);
    this.#say(LIVE);
  }

  /** @param {unknown} error */
  fail(error) {
    const now = new Date();
    for (const panel of [this.#gateway, ...this.#connections]) panel.gap(now.getTime() / 1000);
    if (this.#trouble.hasChildNodes()) return;
    fill(this.#trouble, problem(error));
    this.#say(`No answer since ${instant(now.toISOString())}; it is asked again and again.`);
  }

  pause() {
    this.#say('Paused while nobody looks.');
  }

  /** The same words are not said twice. @param {string} text */
  #say(text) {
    if (this.#state.textContent !== text) this.#state.textContent = text;
  }
}
