// What one journey is handed: servers and devices that are put away at its end, and the checks.
import { setTimeout as sleep } from 'node:timers/promises';
import { newDevice, movedTo } from './browser.mjs';
import { axe, fits, noForeignRequests, OUT, shot } from './checks.mjs';
import { login } from './login.mjs';
import { startServer } from './server.mjs';

export class Journey {
  axe = axe;
  fits = fits;
  shot = shot;
  noForeignRequests = noForeignRequests;
  login = login;
  movedTo = movedTo;

  constructor(name) {
    this.name = name;
    this.servers = [];
    this.devices = [];
    this.expected = [];
  }

  /** See server.mjs for the options. */
  async startServer(options) {
    const server = await startServer(options);
    this.servers.push(server);
    return server;
  }

  /** A new device (see browser.mjs for the options) with one page at `url`. */
  async open(url, options) {
    const device = await newDevice(new URL(url).origin, options);
    this.devices.push(device);
    const page = await device.newPage();
    await page.goto(url);
    return page;
  }

  /** Console errors that this journey provokes, such as the 404 of a foreign file: a pattern each. */
  expectErrors(...patterns) {
    this.expected.push(...patterns);
  }

  /** Waits until `probe` answers something true and returns that; for what no locator can wait for. */
  async until(what, probe, { withinMs = 5000 } = {}) {
    const end = performance.now() + withinMs;
    for (;;) {
      const answer = await probe();
      if (answer) return answer;
      if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
      await sleep(25);
    }
  }

  /** What went wrong beside the journey's own assertions. */
  problems() {
    return this.devices.flatMap((device) => [
      ...device.errors.filter((error) => !this.expected.some((pattern) => pattern.test(error))),
      ...device.foreign.map((url) => `request left ${device.origin}: ${url}`),
    ]);
  }

  /** Saves what each page showed; for a failed journey. */
  async shootFailure() {
    let n = 0;
    for (const page of this.devices.flatMap((device) => device.pages())) {
      const path = `${OUT}FAILED-${this.name}-${++n}.png`;
      await page.screenshot({ path, timeout: 3000 }).then(() => console.log(`  see ${path}`), () => {});
    }
  }

  async finish() {
    for (const device of this.devices) await device.close();
    for (const server of this.servers) await server.stop();
  }
}
