// Asks for a key. It is kept by whoever is told, in memory; the field forgets it with the form.

import { h } from './dom.js';
import { problem } from './problem.js';

/**
 * @param {boolean} tokens whether a token will do too
 * @param {unknown} error why there was no end to asking
 * @param {(credential: string) => void} given
 */
export function keyForm(tokens, error, given) {
  const what = tokens ? 'Key or token' : 'Key';
  const input = h('input', {
    id: 'key',
    type: 'password',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'none',
    'aria-describedby': 'key-about',
  });
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const credential = input.value.trim();
    input.value = '';
    if (credential !== '') given(credential);
  };
  return h(
    'form',
    { class: 'card key', onsubmit: submit },
    error !== undefined && problem(error),
    h('label', { for: 'key' }, what),
    input,
    h('button', { type: 'submit', class: 'primary' }, 'Open'),
    h(
      'p',
      { id: 'key-about', class: 'quiet' },
      'It stays in the memory of this page until you leave or reload it, and goes to this gateway alone. Scope ',
      h('code', {}, 'read'),
      ' shows conversations and numbers, ',
      h('code', {}, 'write'),
      ' changes webhooks, ',
      h('code', {}, 'admin'),
      ' shows Overview, Explain and Drift. ',
      h('code', {}, 'switchboard key'),
      ' makes a key',
      tokens ? '; a token (JWT) comes from your issuer.' : '.',
    ),
  );
}
