// Shows what went wrong, and what to do about it.

import { h } from './dom.js';
import { Refusal, Unreachable } from './gateway.js';

/** @import { Problem } from './types.js' */

/** What to do, beyond what the problem says. @type {Record<number, string>} */
const REMEDIES = {
  401:
    'No client has this key, or its time is over. `switchboard key` makes one and prints the lines of the ' +
    'configuration that let it in; a token has to be from the issuer in [auth.jwt] and still be good.',
  403: 'Give the client what is missing in its `scopes` or `connections` in the configuration, or use another key.',
  412: 'Somebody has changed it since it was read here. Look at it again, and then make the change once more.',
};

/** The same for a page that was opened by another name of the gateway than it knows. */
const ELSEWHERE =
  'Open the console at the gateway’s own address, or say in `server.public_url` that this is it.';

/**
 * @param {unknown} error
 * @returns {HTMLElement}
 */
export function problem(error) {
  if (error instanceof Refusal) {
    return error.problem ? described(error.problem, error.status) : plain(error.message, error.requestId);
  }
  if (error instanceof Unreachable) return plain(error.message, null);
  return plain(error instanceof Error ? error.message : String(error), null);
}

/**
 * A problem document.
 * @param {Problem} document
 * @param {number} [status]
 */
export function described(document, status = document.status) {
  const { title, detail, code, errors, connection, request_id: requestId } = document;
  const remedy = status === 403 && /\borigins?\b/.test(detail) ? ELSEWHERE : REMEDIES[status];
  return h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', {}, h('strong', {}, title), ' ', detail),
    errors.length > 0 &&
      h(
        'ul',
        {},
        errors.map((fault) => h('li', {}, h('code', {}, fault.pointer ?? fault.parameter), ' ', fault.detail)),
      ),
    ofProvider(document),
    remedy && h('p', {}, remedy),
    h(
      'p',
      { class: 'quiet' },
      `${status} `,
      h('a', { href: `problems/${encodeURIComponent(code)}` }, code),
      connection !== null && `, connection ${connection}`,
      document.retryable && ', may be tried again',
      requestId !== null && [', request ', h('code', {}, requestId)],
    ),
  );
}

/** @param {Problem} document */
function ofProvider(document) {
  /** @type {[string, string | number | null][]} */
  const facts = [
    ['status', document.provider_status],
    ['code', document.provider_code],
    ['message', document.provider_message],
    ['request', document.provider_request_id],
  ];
  const known = facts.filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return h(
    'dl',
    { class: 'facts', 'aria-label': 'What the provider said' },
    known.map(([name, value]) => h('div', {}, h('dt', {}, `Provider’s ${name}`), h('dd', {}, value))),
  );
}

/** @param {string} text @param {string | null} requestId */
function plain(text, requestId) {
  const quoted = requestId !== null && h('p', { class: 'quiet' }, 'Request ', h('code', {}, requestId));
  return h('div', { class: 'problem', role: 'alert' }, h('p', {}, text), quoted);
}
