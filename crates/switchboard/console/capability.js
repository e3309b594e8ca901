// What a connection's provider can do, as /v1/connections tells it.

/** @import { Page } from './types.js' */

/**
 * Whether a connection has an operation.
 * @param {Page} page
 * @param {string} name
 * @param {string} resource
 * @param {string} operation
 */
export function can({ connections }, name, resource, operation) {
  const connection = connections.find((known) => known.name === name);
  const capabilities = /** @type {Record<string, Record<string, string>>} */ (connection?.capabilities ?? {});
  return ['native', 'emulated'].includes(capabilities[resource]?.[operation] ?? '');
}
