// Where the page is: its URL's fragment, `#/conversations/twilio:CH…?deliveries=failed`.

/** @typedef {{ view: string, id: string, params: URLSearchParams }} Place */

/** @param {string} hash @returns {Place} */
export function parse(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [view = '', ...rest] = path.split('/');
  return { view: view || 'overview', id: decoded(rest.join('/')), params: new URLSearchParams(query) };
}

/**
 * The fragment that leads there.
 * @param {string} view
 * @param {string} [id]
 * @param {Record<string, string | null | undefined>} [query]
 */
export function to(view, id = '', query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const path = id === '' ? view : `${view}/${encodeURIComponent(id)}`;
  return params.size === 0 ? `#/${path}` : `#/${path}?${params}`;
}

/** Goes there. @param {string} fragment */
export function go(fragment) {
  // The same place once more is a wish to see it anew.
  if (location.hash === fragment) dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = fragment;
}

/** Says where the page is without going there. @param {string} fragment */
export function stay(fragment) {
  history.replaceState(null, '', fragment);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
