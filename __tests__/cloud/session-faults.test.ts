import { z } from 'zod';
import { failure, useFakeCloud } from './_fake-session';

const ANY = z.record(z.string(), z.unknown());
const ITEM = z.object({ id: z.string() });
const use = useFakeCloud();

describe('repetition', () => {
  beforeEach(() => {
    use.fake.on('GET', '/compute/v2.1/limits', { body: { ok: true } });
    use.fake.on('POST', '/compute/v2.1/servers', { body: { ok: true } });
  });

  test.each([429, 500, 502, 503, 504])('a GET is repeated after %i', async (status) => {
    const session = await use.connect();
    use.fake.faults.push({ status }, { status });
    expect(await session.get('compute', '/limits', ANY)).toEqual({ ok: true });
    expect(use.fake.to('/compute/v2.1/limits')).toHaveLength(3);
  });

  test('a GET is repeated after a torn connection', async () => {
    const session = await use.connect();
    use.fake.faults.push({ torn: true });
    expect(await session.get('compute', '/limits', ANY)).toEqual({ ok: true });
  });

  test('a GET is repeated after half an answer', async () => {
    const session = await use.connect();
    use.fake.faults.push({ half: true, body: { ok: 'some text that is cut' } });
    expect(await session.get('compute', '/limits', ANY)).toEqual({ ok: true });
  });

  test('a login is repeated after half an answer, and after a torn connection', async () => {
    use.fake.loginFaults.push({ half: true, status: 201, body: { token: {} } }, { torn: true });
    expect(await (await use.connect()).get('compute', '/limits', ANY)).toEqual({ ok: true });
  });

  test('what is to be removed and is gone after an attempt without an answer is removed', async () => {
    const session = await use.connect();
    use.fake.faults.push({ torn: true }, { status: 404 }, { half: true, body: { a: 'bc' } }, { status: 404 });
    await session.remove('compute', '/servers/1');
    await session.remove('network', '/routers/1/remove_router_interface', 'PUT', { port_id: 'p' });
    expect(use.fake.seen.slice(1).map(({ method, body }) => [method, body])).toEqual([
      ['DELETE', undefined],
      ['DELETE', undefined],
      ['PUT', { port_id: 'p' }],
      ['PUT', { port_id: 'p' }],
    ]);
  });

  test('fails to remove what is in use, in the words of the service', async () => {
    const session = await use.connect();
    use.fake.faults.push({ status: 409, body: { NeutronError: { message: 'in use' } } });
    expect(await failure(session.remove('network', '/networks/1'))).toMatchObject({ kind: 'refused', status: 409 });
  });

  test('the server is given the time until the date it names', async () => {
    const pauses: number[] = [];
    const session = await use.connect(
      {},
      { longestPauseSeconds: 5, onRetry: ({ pauseSeconds }) => pauses.push(pauseSeconds) },
    );
    const date = new Date(Date.now() + 2500).toUTCString();
    use.fake.faults.push({ status: 429, headers: { 'retry-after': date } });
    await session.get('compute', '/limits', ANY);
    // The header has whole seconds.
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(date) - 10);
    expect(pauses).toHaveLength(1);
  });

  test('the server is given the time it asks for', async () => {
    const pauses: number[] = [];
    const session = await use.connect(
      {},
      { longestPauseSeconds: 5, onRetry: ({ pauseSeconds }) => pauses.push(pauseSeconds) },
    );
    use.fake.faults.push({ status: 429, headers: { 'retry-after': '1' } });
    const before = Date.now();
    await session.get('compute', '/limits', ANY);
    expect(pauses).toEqual([1]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);
  });

  test('pauses grow', async () => {
    const pauses: number[] = [];
    const session = await use.connect(
      {},
      { firstPauseSeconds: 0.02, longestPauseSeconds: 1, onRetry: ({ pauseSeconds }) => pauses.push(pauseSeconds) },
    );
    use.fake.faults.push({ status: 503 }, { status: 503 }, { status: 503 });
    await session.get('compute', '/limits', ANY);
    expect(pauses).toHaveLength(3);
    expect(pauses[1]).toBeGreaterThan(pauses[0]);
    expect(pauses[2]).toBeGreaterThan(pauses[1]);
  });

  test('a POST is repeated where nothing can have been done (503), not where something might have (500, torn)', async () => {
    const session = await use.connect();
    use.fake.faults.push({ status: 503 });
    await session.request('POST', 'compute', '/servers', { body: {} });
    expect(use.fake.to('/compute/v2.1/servers')).toHaveLength(2);
    use.fake.faults.push({ status: 500 });
    expect((await failure(session.request('POST', 'compute', '/servers', { body: {} }))).kind).toBe('serverError');
    use.fake.faults.push({ torn: true });
    expect((await failure(session.request('POST', 'compute', '/servers', { body: {} }))).kind).toBe('unreachable');
    expect(use.fake.to('/compute/v2.1/servers')).toHaveLength(4);
  });

  test('fails after the last attempt with what the service said', async () => {
    const session = await use.connect({}, { retries: 2 });
    use.fake.faults.push(
      ...Array(3).fill({
        status: 503,
        body: { message: 'database is away' },
        headers: { 'x-openstack-request-id': 'req-1' },
      }),
    );
    const error = await failure(session.get('compute', '/limits', ANY));
    expect(error).toMatchObject({ kind: 'serverError', status: 503, service: 'compute', requestId: 'req-1' });
    expect(error.message).toContain('database is away');
    expect(use.fake.to('/compute/v2.1/limits')).toHaveLength(3);
  });

  test('fails where an answer takes too long', async () => {
    const session = await use.connect({}, { retries: 0, requestSeconds: 0.2 });
    use.fake.faults.push({ afterMs: 2000 });
    const error = await failure(session.get('compute', '/limits', ANY));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain('0.2 s');
  });

  test('stops at once when it is told to, also in a pause', async () => {
    const controller = new AbortController();
    const session = await use.connect(
      {},
      { firstPauseSeconds: 20, longestPauseSeconds: 20, signal: controller.signal },
    );
    use.fake.faults.push({ status: 503 });
    setTimeout(() => controller.abort(), 50);
    expect((await failure(session.get('compute', '/limits', ANY))).kind).toBe('aborted');
  });
});

describe('refusals', () => {
  test.each([
    [403, 'forbidden', { forbidden: { message: "Policy doesn't allow it" } }, "Policy doesn't allow it"],
    [404, 'notFound', { itemNotFound: { message: 'gone' } }, 'gone'],
    [409, 'refused', { NeutronError: { message: 'in use' } }, 'in use'],
    [400, 'refused', '<html><head><title>400</title></head><body>bad thing</body></html>', 'bad thing'],
  ])('fails with status %i as %s, in the words of the service', async (status, kind, body, words) => {
    const session = await use.connect();
    use.fake.faults.push({ status, body });
    const error = await failure(session.get('compute', '/x', ANY));
    expect(error).toMatchObject({ kind, status, service: 'compute', host: use.fake.host });
    expect(error.message).toContain(words);
  });

  test('fails for an answer that is not as promised, naming the field', async () => {
    const session = await use.connect();
    use.fake.on('GET', '/compute/v2.1/x', { body: { id: 7 } });
    const error = await failure(session.get('compute', '/x', ITEM));
    expect(error).toMatchObject({ kind: 'badAnswer', service: 'compute' });
    expect(error.message).toContain('id');
  });
});

describe('pages', () => {
  const all = [...'abcdefg'].map((id) => ({ id }));
  const following = (marker: string | null) =>
    all.slice(marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1);

  test.each([
    [
      'links of Nova and Neutron',
      (next: string) => ({ things_links: [{ rel: 'next', href: `http://inside.example/v2.1/things?${next}` }] }),
    ],
    ["Glance's next", (next: string) => ({ first: '/v2/things', next: `/v2/things?${next}` })],
  ])('%s are followed, by their query only', async (_, link) => {
    use.fake.on('GET', '/compute/v2.1/things', ({ query }) => {
      const rest = following(query.get('marker'));
      const page = rest.slice(0, 3);
      return { body: { things: page, ...(rest.length > 3 ? link(`limit=3&marker=${page[2].id}`) : {}) } };
    });
    const session = await use.connect();
    expect(await session.list('compute', '/things', 'things', ITEM)).toEqual(all);
    expect(use.fake.to('/compute/v2.1/things')).toHaveLength(3);
  });

  test('full pages without links are followed by the marker, keeping the filters', async () => {
    use.fake.on('GET', '/compute/v2.1/things', ({ query }) => ({
      body: { things: following(query.get('marker')).slice(0, Number(query.get('limit'))) },
    }));
    const session = await use.connect({}, { pageSize: 3 });
    expect(await session.list('compute', '/things', 'things', ITEM, { query: { name: 'x' } })).toEqual(all);
    expect(use.fake.to('/compute/v2.1/things').map(({ query }) => query.get('name'))).toEqual(['x', 'x', 'x']);
  });

  test('a service that ignores the marker is not asked for ever', async () => {
    use.fake.on('GET', '/compute/v2.1/things', { body: { things: all } });
    const session = await use.connect({}, { pageSize: all.length });
    expect(await session.list('compute', '/things', 'things', ITEM)).toEqual(all);
  });
});
