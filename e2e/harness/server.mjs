// Starts `sangyu` for a journey: a copy of one demo city per engine, a free loopback port, stopped by its id.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const LOG_LINES_KEPT = 200;
/** Enough for lists to have pages and charts to have days; the demo command itself is tested in Rust. */
const DEMO = ['--city', '411000', '--elders', '600', '--seed', '1'];

export const SANGYU = process.env.SANGYU_BIN ?? new URL('../../target/debug/sangyu', import.meta.url).pathname;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

let folder; // of this run: holds the demo city and the copies
const cities = new Map(); // engine → Promise of { data, database, output }

async function workFolder() {
  folder ??= await mkdtemp(join(tmpdir(), 'sangyu-e2e.'));
  return folder;
}

export async function removeWorkFolder() {
  if (folder) await rm(folder, { recursive: true, force: true });
}

function postgresUrl(database) {
  const admin = process.env.SANGYU_TEST_POSTGRES;
  if (!admin) throw new Error('SANGYU_TEST_POSTGRES is not set: run through scripts/with-postgres');
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return url.href;
}

/** Makes an empty PostgreSQL database, or a copy of `template`, and names it. */
async function createDatabase(template = 'template0') {
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await run('psql', ['-qXd', process.env.SANGYU_TEST_POSTGRES, '-c', `CREATE DATABASE ${name} TEMPLATE ${template}`]);
  return name;
}

const databaseEnv = (database) => (database ? { SANGYU_DATABASE_URL: postgresUrl(database) } : {});

/** Runs `sangyu ARGS` to its end; answers { stdout, stderr }, throws on another exit code than 0. */
export function sangyu(args, env = {}) {
  return run(SANGYU, args, { env: { ...process.env, ...env }, maxBuffer: 64 << 20 });
}

async function makeCity(engine) {
  const data = join(await workFolder(), `city-${engine}`);
  await mkdir(data);
  const database = engine === 'postgres' ? await createDatabase() : undefined;
  const { stdout } = await sangyu(['demo', ...DEMO, '--data', data], databaseEnv(database));
  return { data, database, output: stdout };
}

/** The demo city of this run on `engine`, made once. */
function city(engine) {
  if (!cities.has(engine)) cities.set(engine, makeCity(engine));
  return cities.get(engine);
}

/**
 * Starts a server on its own copy of the demo city. Options:
 *   engine  'sqlite' (default) or 'postgres'
 *   beside  another server: share its data folder and database, as a second process of the same platform
 *   args    more arguments of `serve`;  env: more environment
 *   tls     serve over TLS with a certificate of the platform's own CA
 */
export async function startServer({ engine = 'sqlite', beside, args = [], env = {}, tls = false } = {}) {
  const made = await city(beside?.engine ?? engine);
  const data = beside?.data ?? (await mkdtemp(join(await workFolder(), 'data-')));
  const database = beside ? beside.database : made.database && (await createDatabase(made.database));
  if (!beside) await cp(made.data, data, { recursive: true });
  const server = new Server({ engine, data, database, env, args, tls, demoOutput: made.output });
  if (tls) await server.makeCertificate();
  await server.start();
  return server;
}

class Server {
  constructor(settings) {
    Object.assign(this, settings);
    this.log = [];
  }

  get environment() {
    return { ...databaseEnv(this.database), ...this.env };
  }

  /** Runs another command of the program on this server's data: `server.cli('migrate')`. */
  cli(...args) {
    return sangyu([...args, '--data', this.data], this.environment);
  }

  /** Proves this server's data; fails when anything is broken. 2 says that nothing outside was there to compare with. */
  async verify() {
    try {
      return await this.cli('verify');
    } catch (error) {
      if (error.code === 2) return error;
      throw error;
    }
  }

  async makeCertificate() {
    await this.cli('tls', 'init');
    this.args = [...this.args, '--tls', join(this.data, 'tls/server.pem'), join(this.data, 'tls/server.key')];
  }

  /** Starts the process, on the port it had before if there was one, and waits until it listens. */
  async start() {
    const listen = this.url ? new URL(this.url).host : '127.0.0.1:0';
    this.child = spawn(SANGYU, ['serve', '--data', this.data, '--listen', listen, ...this.args], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.exited = new Promise((resolve) => this.child.once('exit', (code, signal) => {
      running.delete(this.child);
      resolve(code ?? signal);
    }));
    this.url = await this.#listening();
  }

  #listening() {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no "listening on" within ${START_TIMEOUT_MS} ms\n${this.tail()}`)), START_TIMEOUT_MS);
      const read = (chunk) => {
        this.log.push(...chunk.toString().split('\n').filter(Boolean));
        this.log.splice(0, this.log.length - LOG_LINES_KEPT);
        const found = /listening on (https?:\/\/[^\s"]+?)\/?(?=[\s"]|$)/.exec(chunk);
        if (found) { clearTimeout(late); resolve(found[1]); }
      };
      this.child.stdout.on('data', read);
      this.child.stderr.on('data', read);
      this.exited.then((code) => { clearTimeout(late); reject(new Error(`sangyu serve ended with ${code}\n${this.tail()}`)); });
    });
  }

  tail(lines = 30) {
    return this.log.slice(-lines).map((line) => `    | ${line}`).join('\n');
  }

  /** Asks the process to end (or kills it with 'SIGKILL', as a power cut would) and waits for it. */
  async stop(signal = 'SIGTERM') {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(late);
  }
}
