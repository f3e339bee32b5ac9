// A browser without a screen: keeps its connections and its session, and asks like a browser does (gzip included).
import http from 'node:http';
import { randomUUID } from 'node:crypto';

const DEMO_PASSWORD = 'sangyu-demo';

/** A program's failure is the bench's: nothing is measured on error pages. */
class Unexpected extends Error {}

export class Browser {
  constructor(origin) {
    this.origin = new URL(origin);
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    this.cookie = '';
    this.csrf = '';
  }

  /** Signs in with a login of the demo city. */
  static async signIn(origin, login) {
    const browser = new Browser(origin);
    const answer = await browser.form('/login', { login, password: DEMO_PASSWORD }, [303]);
    browser.cookie = answer.headers['set-cookie'].map((line) => line.split(';')[0]).join('; ');
    const page = await browser.expect([200, 303, 403, 404], 'GET', '/account', { accept: 'text/html' });
    browser.csrf = page.body.toString().match(/name="csrf" value="([^"]*)"/)?.[1] ?? '';
    return browser;
  }

  exchange(method, path, headers = {}, body) {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.origin;
      const request = http.request({
        agent: this.agent, hostname, port, method, path, headers: { cookie: this.cookie, ...headers },
      }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  async expect(statuses, method, path, headers, body) {
    const answer = await this.exchange(method, path, headers, body);
    if (!statuses.includes(answer.status)) {
      const said = answer.headers['content-encoding'] ? '' : answer.body.toString().slice(0, 2_000);
      throw new Unexpected(`${method} ${path} answered ${answer.status}\n${said}`);
    }
    return answer;
  }

  /** A page as a browser asks for it; the body stays packed. */
  page(path, statuses = [200]) {
    return this.expect(statuses, 'GET', path, { accept: 'text/html', 'accept-encoding': 'gzip' });
  }

  async text(path) {
    return (await this.expect([200], 'GET', path, { accept: 'text/html' })).body.toString();
  }

  async json(path) {
    return JSON.parse((await this.expect([200], 'GET', path, { accept: 'application/json' })).body);
  }

  /** Posts JSON with a key of its own. */
  post(path, body, statuses = [200, 201]) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'x-csrf-token': this.csrf };
    return this.expect(statuses, 'POST', path, headers, JSON.stringify(body));
  }

  /** Posts a form. */
  form(path, fields, statuses = [200, 303]) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.expect(statuses, 'POST', path, headers, new URLSearchParams({ csrf: this.csrf, ...fields }).toString());
  }

  /** Posts a form with a file; answers where it leads. */
  async upload(path, fields, name, content) {
    const boundary = randomUUID();
    const part = ([key, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
    const head = Object.entries({ csrf: this.csrf, ...fields }).map(part).join('')
      + `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/csv\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': body.length };
    return (await this.expect([303], 'POST', path, headers, body)).headers.location;
  }

  close() {
    this.agent.destroy();
  }
}
