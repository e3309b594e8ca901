// Pictures of the dashboard while a Prometheus watches a gateway with something to show. Usage: node picture.js FOLDER

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { SECONDS, traffic } from './traffic.js';

const { PROMETHEUS, SCRAPE } = process.env;
const [folder] = process.argv.slice(2);
const HERE = 'http://dashboard.localhost';
/** What Grafana's components and styles ask for, and where it is. */
const FILES = {
  '/public/build/img/': import.meta
    .resolve('@grafana/ui/package.json')
    .replace('package.json', 'dist/public/img/'),
  '/public/fonts/inter/': import.meta.resolve('inter-ui/package.json').replace('package.json', 'web/'),
};
const HTML =
  '<!doctype html><link rel="stylesheet" href="/page.css" /><script type="module" src="/page.js"></script>';

/** The page and its style, with all that they import. */
async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('./page.jsx'))],
    outdir: '/',
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    // Of an editor that is not shown.
    loader: { '.ttf': 'empty' },
    logLevel: 'error',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, Buffer.from(contents)]));
}

/** Answers the page from files and from Prometheus: there is no server to be started. */
async function answer(route, files) {
  const { pathname, search } = new URL(route.request().url());
  if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: HTML });
  if (files.has(pathname)) {
    const contentType = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
    return route.fulfill({ contentType: `${contentType}; charset=utf-8`, body: files.get(pathname) });
  }
  if (pathname.startsWith('/api/')) {
    return route.fulfill({ body: await (await fetch(`${PROMETHEUS}${pathname}${search}`)).text() });
  }
  for (const [prefix, at] of Object.entries(FILES)) {
    if (pathname.startsWith(prefix)) {
      const contentType = pathname.endsWith('.svg') ? 'image/svg+xml' : 'font/woff2';
      return route.fulfill({ contentType, body: await readFile(new URL(at + pathname.slice(prefix.length))) });
    }
  }
  throw new Error(`${pathname} is asked for, and is nowhere`);
}

/** The page at the end of what happened; what it throws is thrown here. */
async function drawn(browser) {
  const page = await browser.newPage({ viewport: { width: 1600, height: 960 }, locale: 'en-GB' });
  const wrong = new Promise((_, reject) => page.on('pageerror', reject));
  const files = await bundled();
  await page.route(`${HERE}/**`, (route) => answer(route, files));
  const to = Math.floor(Date.now() / 1000);
  await page.goto(`${HERE}/?from=${to - SECONDS}&to=${to}&scrape=${SCRAPE}`);
  await Promise.race([page.locator('main').waitFor(), wrong]);
  // Of what lies below the window, not everything is drawn.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: 1600, height });
  // Icons are empty until they have arrived.
  await page.waitForFunction(() => !document.querySelector('svg:empty'));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return { page, height };
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const stop = new AbortController();
try {
  const load = traffic(stop.signal);
  await Promise.race([load, new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))]);
  const { page, height } = await drawn(browser);
  const second = Math.floor((await page.locator('main > div > h2').nth(1).boundingBox()).y);
  const shot = (name, y, end) =>
    page.screenshot({ path: `${folder}/${name}.png`, clip: { x: 0, y, width: 1600, height: end - y } });
  await shot('dashboard', 0, second);
  await shot('dashboard-rows', second, height);
  stop.abort();
  await load;
} finally {
  stop.abort();
  await browser.close();
}
