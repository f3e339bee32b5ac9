// Starts Chromium and opens pages that watch themselves: console errors, crashes and requests that leave the server.
import { chromium } from 'playwright-core';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// A service worker over TLS needs a certificate the browser trusts; the test CA is made anew for each run.
const TLS_FLAGS = ['--ignore-certificate-errors'];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
const STEP_TIMEOUT_MS = 10_000;

const browsers = new Map();

async function browserFor(secure) {
  if (!browsers.has(secure)) {
    browsers.set(secure, await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: secure ? [...FLAGS, ...TLS_FLAGS] : FLAGS,
    }));
  }
  return browsers.get(secure);
}

export async function closeBrowsers() {
  for (const browser of browsers.values()) await browser.close();
  browsers.clear();
}

/**
 * A device: its own cookies, storage, place, clock and network. Options:
 *   phone        390×844 with touch instead of 1440×900
 *   place        { longitude, latitude, accuracy } handed out without asking; absent: location is refused
 *   skewMinutes  how far the device's clock is ahead of ours
 *   locale       default zh-CN
 */
export async function newDevice(origin, { phone = false, place, skewMinutes = 0, locale = 'zh-CN' } = {}) {
  const secure = origin.startsWith('https:');
  const browser = await browserFor(secure);
  const context = await browser.newContext({
    viewport: phone ? PHONE : DESKTOP,
    hasTouch: phone,
    isMobile: phone,
    locale,
    timezoneId: 'Asia/Shanghai',
    baseURL: origin,
    ignoreHTTPSErrors: secure,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  if (place) await movedTo(context, place);
  if (skewMinutes) await context.clock.install({ time: Date.now() + skewMinutes * 60_000 });
  return watched(context, origin);
}

/** Puts the device at another place, as walking there would. */
export async function movedTo(context, place) {
  await context.grantPermissions(['geolocation']);
  await context.setGeolocation(place);
}

// Notes on the context itself what its pages do wrong; `problems` reads it at the end of a journey.
function watched(context, origin) {
  context.origin = origin;
  context.foreign = [];
  context.errors = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    const local = ['data:', 'blob:', 'about:', 'chrome-error:'].includes(url.protocol);
    if (!local && url.origin !== origin) context.foreign.push(request.url());
  });
  context.on('console', (message) => {
    if (message.type() === 'error') context.errors.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => context.errors.push(`script: ${error.error().stack ?? error.error()}`));
  context.on('page', (page) => page.on('crash', () => context.errors.push(`page crashed: ${page.url()}`)));
  return context;
}
