// The parts of the overview: the gateway, each connection, the clients.

import { Chart } from './chart.js';
import { fill, h } from './dom.js';
import { badge, facts, table, time } from './elements.js';
import { amount, duration, percent, size } from './format.js';

/** @import { Overview, OverviewConnection, Quota } from './types.js' */

const RATE = { format: amount };
const TIME = { format: duration, logarithmic: true };
const SHARE = { format: percent, top: 1 };

const SHARES = [
  { key: 'errors', label: 'errors' },
  { key: 'hits', label: 'cache hits' },
];

class Panel {
  /** @param {string} title @param {Chart[]} charts @param {string} id */
  constructor(title, charts, id) {
    this.charts = charts;
    this.standing = h('div', {});
    this.element = h(
      'section',
      { class: 'card', 'aria-labelledby': id },
      h('h2', { id }, title),
      this.standing,
      h(
        'div',
        { class: 'charts' },
        charts.map(({ element }) => element),
      ),
    );
  }

  /** Nothing is known of that moment. @param {number} moment */
  gap(moment) {
    for (const chart of this.charts) chart.push(moment, null);
  }

  /** @param {number} moment @param {Record<string, number | null> | null | undefined} rates */
  draw(moment, rates) {
    for (const chart of this.charts) chart.push(moment, rates);
  }
}

export class GatewayPanel extends Panel {
  /** @param {Overview} first @param {AbortSignal} signal */
  constructor({ version }, signal) {
    const times = [
      { key: 'p50', label: 'p50' },
      { key: 'p99', label: 'p99' },
      { key: 'overhead', label: 'the gateway’s own, mean' },
    ];
    const charts = [
      new Chart('Requests a second', [{ key: 'requests', label: 'requests' }], RATE, signal),
      new Chart('Time of a request', times, TIME, signal),
      new Chart('Shares', SHARES, SHARE, signal),
    ];
    super(`Gateway ${version}`, charts, 'gateway');
  }

  /** @param {Overview} now @param {number} moment @param {Record<string, number | null> | undefined} rates */
  tell({ gateway, cache, store, configuration, started_at: started }, moment, rates) {
    const reloaded = configuration.last_reload_successful
      ? ['read ', time(configuration.last_reload_at)]
      : [
          badge('the last one was refused', 'error'),
          ' the log says why; this one was read ',
          time(configuration.last_reload_at),
        ];
    fill(
      this.standing,
      facts([
        ['Started', time(started)],
        ['In flight', `${amount(gateway.requests_in_flight)} of ${amount(gateway.max_in_flight)}`],
        ['Sockets', amount(gateway.sockets)],
        ['Cache', `${amount(cache.entries)} answers, ${size(cache.bytes)} of ${size(cache.max_bytes)}`],
        ['Store', store && badge(store.status)],
        ['Configuration', [h('code', {}, configuration.hash.slice(0, 12)), ', ', reloaded]],
      ]),
    );
    this.draw(moment, rates);
  }
}

export class ConnectionPanel extends Panel {
  /** @param {string} name @param {AbortSignal} signal */
  constructor(name, signal) {
    const rates = [
      { key: 'reads', label: 'reads by clients' },
      { key: 'calls', label: 'calls to the provider' },
    ];
    const times = [
      { key: 'p50', label: 'provider, p50' },
      { key: 'p99', label: 'provider, p99' },
      { key: 'overhead', label: 'gateway, mean' },
    ];
    const charts = [
      new Chart('Requests a second', rates, RATE, signal),
      new Chart('Time', times, TIME, signal),
      new Chart('Shares', [...SHARES, { key: 'left', label: 'rate left' }], SHARE, signal),
    ];
    super(name, charts, `connection-${name}`);
    this.name = name;
  }

  /**
   * @param {OverviewConnection | undefined} now
   * @param {number} moment
   * @param {Record<string, number | null> | undefined} rates
   */
  tell(now, moment, rates) {
    const gone = () => h('p', { class: 'notice' }, 'It is not in the configuration any more.');
    fill(this.standing, now === undefined ? gone() : standing(now));
    this.draw(moment, rates);
  }
}

/** @param {OverviewConnection} now */
function standing({
  provider,
  sandbox,
  health,
  circuit,
  in_flight: busy,
  concurrency_limit: most,
  rate_limit: rate,
}) {
  return facts([
    ['Provider', sandbox ? `${provider}, sandbox` : provider],
    ['Health', badge(health)],
    ['Circuit', badge(circuit, circuit === 'closed' ? 'ok' : circuit)],
    ['At once', `${amount(busy)} of ${amount(most)}`],
    ['Rate left', left(rate)],
    ['Paused until', rate?.paused_until && time(rate.paused_until)],
  ]);
}

/** @param {Overview['clients']} all */
export function clients(all) {
  return table('Clients', all, [
    ['Client', ({ name }) => name],
    ['Requests', ({ requests }) => amount(requests)],
    ['Refused for their rate', ({ refused }) => amount(refused)],
    ['Rate left', ({ rate_limit: rate }) => left(rate) ?? 'no limit'],
  ]);
}

/** @param {Quota | null} rate */
function left(rate) {
  if (rate === null) return null;
  const limit = `${amount(rate.requests)} in ${duration(rate.per_seconds * 1000)}`;
  return rate.remaining === null
    ? `shared, ${limit}`
    : `${amount(rate.remaining)} of ${amount(rate.burst)}, ${limit}`;
}
