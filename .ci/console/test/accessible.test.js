// Each view, light and dark, on a desk and on a phone: no serious violation of accessibility, and nothing too wide.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { settled, useBrowser, visit } from '../browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
useBrowser();

const VIEWS = [
  '#/overview',
  '#/conversations',
  '#/conversations/twilio%3ACH00000000000000000000000000000002',
  '#/conversations/bland%3Aconvo_override',
  '#/conversations/bland%3Anothing',
  '#/numbers',
  '#/numbers/bland%3Asms%3A%2B14155552671',
  '#/webhook?in=%2Fv1%2Fconversations%2Ftwilio%3ACH00000000000000000000000000000002%2Fwebhooks',
  '#/explain',
  '#/drift',
];

/** @param {import('playwright-core').Page} page */
async function judge(page, what) {
  const { violations } = await page.evaluate(`${axe}; axe.run(document)`);
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  assert.deepEqual(told, [], what);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${what}: ${wide} wide where there is room for ${room}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1200, 360]) {
    const where = `${colorScheme}, ${width} pixels`;
    test(where, async () => {
      await visit({ key: null, colorScheme, width }, async (page) => {
        await page.getByLabel('Key').waitFor();
        await judge(page, `the key, ${where}`);
      });
      await visit({ colorScheme, width }, async (page) => {
        for (const view of VIEWS) {
          await page.evaluate((hash) => {
            document.querySelector('main').setAttribute('aria-busy', 'true');
            location.hash = hash;
          }, view);
          await settled(page);
          for (const summary of await page.locator('summary').all()) await summary.click();
          await judge(page, `${view}, ${where}`);
        }
        await page.evaluate(() => {
          location.hash = '#/conversations/twilio%3ACH00000000000000000000000000000002';
        });
        await page
          .getByRole('button', { name: /^Delete/ })
          .first()
          .click();
        await page.getByRole('dialog').waitFor();
        await judge(page, `a question, ${where}`);
      });
    });
  }
}
