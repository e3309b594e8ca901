// Makes a webhook, `#/webhook?in=…` of a conversation, or changes one or a number's, `#/webhook?at=…`.

import { fill, h } from './dom.js';
import { Refusal, withQuery } from './gateway.js';
import { go, to } from './place.js';
import { problem } from './problem.js';
import { fields, read } from './webhook-fields.js';

/** @import { Page, Shown, Webhook, WebhookInput } from './types.js' */

const REDACTED =
  'Without scope `sensitive` a URL stands here without its query and user info: write all of it before you save.';

/** @param {Page} page @returns {Promise<Shown>} */
export async function webhook(page) {
  const { params } = page;
  const into = params.get('in');
  const at = params.get('at');
  if (into !== null) return form(page, into, null, null);
  if (at === null) throw new Error('This place names no webhook.');
  const { webhook: before, etag } = await current(page, at);
  return form(page, at, before, etag);
}

/** What is there; a number may have none yet. @param {Page} page @param {string} path */
async function current({ gateway, signal }, path) {
  try {
    const { data, etag } = /** @type {{ data: Webhook, etag: string | null }} */ (
      await gateway.get(path, signal)
    );
    return { webhook: data, etag };
  } catch (error) {
    const none = error instanceof Refusal && error.status === 404 && path.startsWith('/v1/numbers/');
    if (none) return { webhook: null, etag: null };
    throw error;
  }
}

/**
 * @param {Page} page
 * @param {string} path
 * @param {Webhook | null} before
 * @param {string | null} etag
 * @returns {Shown}
 */
function form(page, path, before, etag) {
  const back = origin(page, path);
  const place = h('div', {});
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    save.disabled = true;
    try {
      await write(
        page,
        withQuery(path, { linked: given.has('linked') ? 'true' : null }),
        before,
        etag,
        read(given),
      );
      go(back);
    } catch (error) {
      if (!page.signal.aborted) fill(place, problem(error));
    }
    save.disabled = false;
  };
  const save = h('button', { type: 'submit', class: 'primary' }, before === null ? 'Create' : 'Save');
  return {
    title: before === null ? 'New webhook' : 'Edit webhook',
    content: [
      h('p', {}, 'Of ', h('code', {}, path)),
      before?.extra === null && h('p', { class: 'notice' }, REDACTED),
      h(
        'form',
        { class: 'card', onsubmit: submit },
        fields(before),
        isOfTwo(path) && linked(),
        place,
        h('div', { class: 'actions' }, save, h('a', { class: 'button', href: back }, 'Cancel')),
      ),
    ],
  };
}

/**
 * Of a change only what has changed is sent, so that the rest stays as it is, whatever it is.
 * @param {Page} page
 * @param {string} path
 * @param {Webhook | null} before
 * @param {string | null} etag
 * @param {WebhookInput} wanted
 */
async function write({ gateway, params, signal }, path, before, etag, wanted) {
  if (params.has('in')) await gateway.send('POST', path, { body: wanted, signal });
  else if (path.startsWith('/v1/numbers/')) await gateway.send('PUT', path, { body: wanted, etag, signal });
  else {
    const body = difference({ ...before }, { ...wanted });
    if (Object.keys(body).length > 0) await gateway.send('PATCH', path, { body, etag, signal });
  }
}

/**
 * A merge patch. Another type of target is another target as a whole.
 * @param {Record<string, any>} before
 * @param {Record<string, any>} wanted
 */
export function difference(before, wanted) {
  /** @type {Record<string, unknown>} */
  const patch = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (name === 'target' && before[name]?.type === value.type) {
      const target = difference(before[name], value);
      if (Object.keys(target).length > 0) patch[name] = target;
    } else if (text(before[name]) !== text(value)) patch[name] = value;
  }
  return patch;
}

/** Lists here are sets: their order says nothing. @param {unknown} value */
function text(value) {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
}

/** Whether it is one of the two callbacks of an account or a service. @param {string} path */
function isOfTwo(path) {
  return /^\/v1\/(connections|services)\//.test(path);
}

function linked() {
  const box = h('input', { type: 'checkbox', name: 'linked' });
  return h('label', { class: 'box' }, box, ' Change what it shares with the other callback there too');
}

/**
 * Where one came from, or else the conversation or the number that the path begins with.
 * @param {Page} page
 * @param {string} path
 */
function origin({ params }, path) {
  const from = params.get('from') ?? '';
  if (from.startsWith('#/')) return from;
  const [, , view = '', id = ''] = path.split('/');
  return view === 'conversations' || view === 'numbers' ? to(view, decodeURIComponent(id)) : to('overview');
}
