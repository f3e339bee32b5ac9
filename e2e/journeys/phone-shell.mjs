// Half an upgrade: a page of a newer version reached a phone that keeps the older one, then the network went. The old
// page stays with the old files, so the phone still opens; the new one is kept with its own.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import vm from 'node:vm';

const FILES = ['/m', '/m/manifest.webmanifest', '/assets/phone-aaaa.css', '/assets/phone-aaaa.js', '/assets/icons-aaaa.svg'];
const page = (version) => `<link href="/assets/phone-${version}.css"><script src="/assets/phone-${version}.js"></script>`;

/** The service worker in a world of its own: caches in memory, a network that answers what it is told to. */
async function worker(network) {
  const kept = new Map();
  const cache = { match: async (key) => kept.get(key.url ?? key)?.clone(), put: async (key, value) => void kept.set(key.url ?? key, value), addAll: async () => {} };
  const listeners = {};
  const self = { SHELL: { version: 'aaaa', files: FILES }, addEventListener: (type, listen) => { listeners[type] = listen; } };
  const caches = { open: async () => cache, match: cache.match, keys: async () => ['shell-aaaa'], delete: async () => {} };
  const location = { origin: 'https://sangyu.test' };
  const script = await readFile(new URL('../../assets/js/sw.js', import.meta.url), 'utf8');
  vm.runInNewContext(script, { self, caches, location, fetch: network.answer, Response, URL, Promise, setTimeout });
  return {
    kept,
    async open() {
      let answer;
      listeners.fetch({ request: { url: 'https://sangyu.test/m', method: 'GET' }, respondWith: (promise) => { answer = promise; } });
      const text = await (await answer).text();
      // What is kept is kept beside the answer.
      await new Promise((resolve) => setImmediate(resolve));
      return text;
    },
  };
}

export default async function () {
  const network = { answer: async () => new Response(page('aaaa')) };
  network.answer = async () => new Response(page('aaaa') + '<!-- English -->');
  const worked = await worker({ answer: (...asked) => network.answer(...asked) });
  worked.kept.set('/m', new Response(page('aaaa')));
  await worked.open();
  assert.match(await worked.kept.get('/m').clone().text(), /English/, 'the same version is renewed with its language');

  network.answer = async () => new Response(page('bbbb'));
  assert.match(await worked.open(), /phone-bbbb/, 'a newer page is shown while there is a network');
  assert.match(await worked.kept.get('/m').clone().text(), /phone-aaaa/, 'and not kept among the older files');
  network.answer = async () => { throw new TypeError('no network'); };
  assert.match(await worked.open(), /phone-aaaa/, 'without a network the old version opens, whole');
}
