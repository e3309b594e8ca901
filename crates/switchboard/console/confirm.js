// Asks before something that cannot be taken back.

import { h } from './dom.js';

/** @import { Child } from './types.js' */

/**
 * Whether it is meant.
 * @param {string} title
 * @param {Child} text
 * @param {string} action
 * @returns {Promise<boolean>}
 */
export function confirmed(title, text, action) {
  return new Promise((resolve) => {
    const close = (/** @type {string} */ answer) => () => dialog.close(answer);
    // The harmless one is first, and has the focus.
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'confirm-title' },
      h('h2', { id: 'confirm-title' }, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', onclick: close('') }, 'Cancel'),
        h('button', { type: 'button', class: 'danger', onclick: close('yes') }, action),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
