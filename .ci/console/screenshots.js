// Pictures of the console while it has something to show. Usage: node screenshots.js FOLDER

import { chromium } from 'playwright-core';

import { fault, settled } from './browser.js';

const { GATEWAY, ADMIN_KEY, READER_KEY } = process.env;
const [folder] = process.argv.slice(2);
/** How long there is traffic before the overview is taken. */
const SECONDS = 70;

const PATHS = [
  ...['twilio', 'bland'].flatMap((name) => [
    `/v1/conversations?connection=${name}&limit=20`,
    `/v1/conversations?connection=${name}&status=active`,
    `/v1/numbers?connection=${name}`,
  ]),
  '/v1/conversations/twilio:CH00000000000000000000000000000002/webhooks?effective=true',
  '/v1/conversations/bland:convo_retry/webhook-deliveries',
  '/v1/conversations/bland:convo_abc123/webhooks',
];

/** Clients that read, some of them past the cache, until they are told to stop. */
function traffic(signal) {
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const client = async (index) => {
    while (!signal.aborted) {
      const path = PATHS[Math.floor(Math.random() * PATHS.length)];
      const headers = { Authorization: `Bearer ${index % 2 ? ADMIN_KEY : READER_KEY}` };
      if (Math.random() < 0.2) headers['Cache-Control'] = 'no-cache';
      await (await fetch(`${GATEWAY}${path}`, { headers })).arrayBuffer();
      // Busier and quieter by turns.
      await pause(60 + 50 * Math.sin(Date.now() / 8000) + Math.random() * 60);
    }
  };
  return Promise.all(Array.from({ length: 5 }, (_, index) => client(index)));
}

async function open(browser, at, { width = 1200, height = 900, colorScheme = 'light' } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  await page.goto(`${GATEWAY}/${at}`);
  await page.getByLabel('Key').fill(ADMIN_KEY);
  await page.keyboard.press('Enter');
  await settled(page);
  return page;
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const stop = new AbortController();
try {
  // So that providers take time, as the real ones do.
  await fault({ provider: 'twilio', times: 0, delay_ms: 45 });
  await fault({ provider: 'bland', times: 0, delay_ms: 110 });
  const load = traffic(stop.signal);
  const pages = {
    'console-overview': await open(browser, '#/overview', { height: 830 }),
    'console-overview-dark': await open(browser, '#/overview', { height: 830, colorScheme: 'dark' }),
    'console-overview-phone': await open(browser, '#/overview', { width: 360, height: 780 }),
  };
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  for (const [name, page] of Object.entries(pages)) await page.screenshot({ path: `${folder}/${name}.png` });
  stop.abort();
  await load;
  const conversation = await open(browser, '#/conversations/bland%3Aconvo_retry');
  await conversation.screenshot({ path: `${folder}/console-conversation.png`, fullPage: true });
  const explain = await open(browser, '#/explain?path=/v1/conversations/bland:convo_retry/webhook-deliveries');
  await explain.getByLabel('Client').fill('reader');
  await explain.getByRole('button', { name: 'Explain' }).click();
  await explain.getByRole('heading', { name: /^Sent to providers/ }).waitFor();
  await explain.screenshot({ path: `${folder}/console-explain.png`, fullPage: true });
} finally {
  stop.abort();
  await browser.close();
}
