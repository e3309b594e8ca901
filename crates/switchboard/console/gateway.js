// Asks the gateway. The credential lives here and nowhere else, as long as the page does.

/** @import { List, Problem } from './types.js' */

/** The most pages of a list that are read at once. */
const PAGES = 10;

/** An answer of the gateway that is no success. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {Problem | null} problem
   * @param {string | null} requestId
   */
  constructor(status, problem, requestId) {
    super(problem?.detail ?? `The gateway answered ${status}.`);
    this.status = status;
    this.problem = problem;
    this.requestId = requestId;
  }
}

/** No answer at all. */
export class Unreachable extends Error {}

/**
 * @template T
 * @typedef {object} Answer
 * @property {T} data
 * @property {string | null} etag
 */

/** @typedef {{ etag?: string | null, body?: unknown, signal?: AbortSignal }} Options */

export class Gateway {
  /** @type {string | null} */
  #credential;

  /** @param {string | null} credential a key or a token; none where the gateway asks for none */
  constructor(credential) {
    this.#credential = credential;
  }

  /**
   * @template T
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @returns {Promise<Answer<T>>}
   */
  get(path, signal) {
    return this.send('GET', path, signal ? { signal } : {});
  }

  /**
   * The pages of a list that is short as a rule. There are more if it has a `next_cursor` all the same.
   * @template T
   * @param {string} path
   * @param {AbortSignal} signal
   * @returns {Promise<List<T>>}
   */
  async all(path, signal) {
    const first = /** @type {Answer<List<T>>} */ (await this.get(withQuery(path, { limit: '100' }), signal))
      .data;
    const data = [...first.data];
    let cursor = first.next_cursor;
    for (let pages = 1; cursor !== null && pages < PAGES; pages += 1) {
      const next = withQuery(path, { limit: '100', cursor });
      const page = /** @type {Answer<List<T>>} */ (await this.get(next, signal)).data;
      data.push(...page.data);
      cursor = page.next_cursor;
    }
    return { ...first, data, next_cursor: cursor };
  }

  /**
   * @template T
   * @param {string} method
   * @param {string} path of the API; nothing is sent anywhere else
   * @param {Options} options
   * @returns {Promise<Answer<T>>}
   */
  async send(method, path, { etag, body, signal } = {}) {
    if (!new URL(path, location.origin).href.startsWith(`${location.origin}/v1/`))
      throw new Unreachable(`${path} is no path of the API.`);
    const headers = new Headers({ Accept: 'application/json, application/problem+json' });
    if (this.#credential !== null) headers.set('Authorization', `Bearer ${this.#credential}`);
    if (etag) headers.set('If-Match', etag);
    if (method === 'POST') headers.set('Idempotency-Key', randomName());
    if (body !== undefined) {
      headers.set('Content-Type', method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    }
    const response = await answered(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      credentials: 'omit',
      redirect: 'error',
    });
    const document = await contents(response);
    if (!response.ok) throw new Refusal(response.status, document, response.headers.get('X-Request-Id'));
    return { data: document, etag: response.headers.get('ETag') };
  }
}

/**
 * A path with a query, without what is empty.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} query
 */
export function withQuery(path, query) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const text = params.toString();
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
}

/** @param {string} path @param {RequestInit} init */
async function answered(path, init) {
  try {
    return await fetch(path, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new Unreachable('The gateway did not answer.', { cause: error });
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function contents(response) {
  const type = response.headers.get('Content-Type') ?? '';
  if (response.status === 204 || !/^application\/(problem\+)?json\b/.test(type)) return null;
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable('The answer of the gateway was cut off.', { cause: error });
  }
}

/** `crypto.randomUUID` is only there over TLS and on loopback. */
function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
