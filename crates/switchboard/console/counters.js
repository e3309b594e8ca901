// What happened between two answers of /v1/overview, whose counts run from the gateway's start.

/** @import { Durations, Overview, OverviewConnection } from './types.js' */

/** Calls that ended in one of these are failures; a `client_error` is an answer like another. */
const FAILURES = [
  'rate_limited',
  'auth_failed',
  'server_error',
  'timeout',
  'network',
  'protocol',
  'circuit_open',
];
const HITS = ['hit', 'stale'];
const READS = [...HITS, 'miss', 'collapsed'];

/**
 * Rates are for each second, times in milliseconds, shares from 0 to 1; null is where nothing happened.
 * @typedef {Record<string, number | null>} Rates
 */

/**
 * Null if they cannot be compared: it is the same moment, or the gateway was started again.
 * @param {Overview} before
 * @param {Overview} after
 * @returns {{ gateway: Rates, connections: Map<string, Rates> } | null}
 */
export function between(before, after) {
  const seconds = (Date.parse(after.as_of) - Date.parse(before.as_of)) / 1000;
  if (!(seconds > 0) || before.started_at !== after.started_at) return null;
  const requests = difference(before.gateway.requests, after.gateway.requests);
  const cache = difference(before.cache.requests, after.cache.requests);
  const duration = elapsed(before.gateway.duration, after.gateway.duration);
  const overhead = mean(elapsed(before.gateway.overhead, after.gateway.overhead));
  /** @type {Map<string, Rates>} */
  const connections = new Map();
  for (const now of after.connections) {
    const then = before.connections.find(({ name }) => name === now.name);
    if (then !== undefined) connections.set(now.name, { ...ofConnection(then, now, seconds), overhead });
  }
  const gateway = {
    requests: sum(requests) / seconds,
    p50: quantile(duration, 0.5),
    p99: quantile(duration, 0.99),
    overhead,
    errors: share(requests, ['5xx']),
    hits: share(cache, HITS, READS),
  };
  return { gateway, connections };
}

/** @param {OverviewConnection} then @param {OverviewConnection} now @param {number} seconds @returns {Rates} */
function ofConnection(then, now, seconds) {
  const calls = difference(then.calls, now.calls);
  const reads = difference(then.cache, now.cache);
  const duration = elapsed(then.duration, now.duration);
  return {
    reads: sum(reads) / seconds,
    calls: sum(calls) / seconds,
    p50: quantile(duration, 0.5),
    p99: quantile(duration, 0.99),
    errors: share(calls, FAILURES),
    hits: share(reads, HITS, READS),
    left: left(now),
  };
}

/** The share of the rate's burst that is left. @param {OverviewConnection} connection */
function left({ rate_limit: rate }) {
  return rate === null || rate.remaining === null ? null : rate.remaining / rate.burst;
}

/** A count that is lower than before was begun anew. @param {number} before @param {number} after */
function increase(before, after) {
  return after >= before ? after - before : after;
}

/** @param {Record<string, number>} before @param {Record<string, number>} after */
function difference(before, after) {
  return Object.fromEntries(
    Object.entries(after).map(([word, count]) => [word, increase(before[word] ?? 0, count)]),
  );
}

/** @param {Durations} before @param {Durations} after @returns {Durations} */
function elapsed(before, after) {
  if (after.count < before.count) return after;
  const buckets = after.buckets.map(({ le, count }, index) => ({
    le,
    count: count - (before.buckets[index]?.count ?? 0),
  }));
  return { count: after.count - before.count, sum: after.sum - before.sum, buckets };
}

/** @param {Record<string, number>} counts @param {string[]} [words] */
function sum(counts, words = Object.keys(counts)) {
  return words.reduce((all, word) => all + (counts[word] ?? 0), 0);
}

/** @param {Record<string, number>} counts @param {string[]} part @param {string[]} [whole] */
function share(counts, part, whole) {
  const all = sum(counts, whole);
  return all === 0 ? null : sum(counts, part) / all;
}

/** @param {Durations} durations */
function mean({ count, sum: total }) {
  return count === 0 ? null : (total / count) * 1000;
}

/**
 * As Prometheus estimates it: linearly within the bucket where it lies; beyond the last bound, that bound.
 * @param {Durations} durations
 * @param {number} q
 */
export function quantile({ count, buckets }, q) {
  if (count === 0) return null;
  const rank = q * count;
  let below = { le: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.le === null) break;
    if (bucket.count >= rank && bucket.count > below.count) {
      const part = (rank - below.count) / (bucket.count - below.count);
      return (below.le + part * (bucket.le - below.le)) * 1000;
    }
    below = { le: bucket.le, count: bucket.count };
  }
  return below.le * 1000;
}
