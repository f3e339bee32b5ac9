// An order for today in the hands of the demo's caregiver, made through the API as staff make it.
const MINUTE = 60_000;

/** Asks the API from a page that is signed in, as our own scripts do. */
export function api(page, path, body) {
  return page.evaluate(async ([path, body]) => {
    const csrf = document.querySelector('input[name=csrf]')?.value;
    const headers = { accept: 'application/json', 'x-csrf-token': csrf ?? '', 'idempotency-key': crypto.randomUUID() };
    if (body) headers['content-type'] = 'application/json';
    const response = await fetch(path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
    const told = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(told)}`);
    return told;
  }, [path, body]);
}

async function firstThatWorks(all, attempt) {
  let last;
  for (const one of all) {
    try { return await attempt(one); } catch (error) { last = error; }
  }
  throw last;
}

/** Places an order for now, or `inMinutes` from now, and offers it to the caregiver; answers it with the dispatcher's page. */
export async function offeredOrder(t, server, { inMinutes = -1 } = {}) {
  const caregiver = /caregiver\s+\S+ (\S+)（/.exec(server.demoOutput)[1];
  const dispatcher = await t.open(`${server.url}/`);
  await t.login(dispatcher, 'dispatcher');
  const { provider } = (await api(dispatcher, '/api/v1/orders')).items[0];
  const agent = await t.open(`${server.url}/`);
  await t.login(agent, 'agent');
  const elders = (await api(agent, '/api/v1/elders')).items;
  const item = (await api(agent, '/api/v1/catalogue')).items.find((line) => !line.pair).code;
  const order = await firstThatWorks(elders.slice(0, 20), (elder) => api(agent, '/api/v1/orders', {
    elder: elder.key, item, provider, channel: 'phone',
    window_start: new Date(Date.now() + inMinutes * MINUTE), window_end: new Date(Date.now() + (inMinutes + 121) * MINUTE),
  }));
  const teams = await api(dispatcher, `/api/v1/orders/${order.key}/candidates`);
  const { worker } = teams.find((team) => team.names.includes(caregiver));
  await api(dispatcher, `/api/v1/orders/${order.key}/assign`, { worker });
  return { order, dispatcher };
}
