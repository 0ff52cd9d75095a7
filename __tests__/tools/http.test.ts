import { proxyFor, request } from '../../tools/_http';
import { Answers } from './_scratch';

const github = new URL('https://github.com/x');

test.each([
  ['without a proxy', {}, undefined],
  ['by HTTPS_PROXY', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['lower case first', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1' }, 'http://q:1'],
  ['not by HTTP_PROXY', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['by ALL_PROXY', { ALL_PROXY: 'http://p:1' }, 'http://p:1'],
  ['past the proxy by NO_PROXY', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example.org, github.com' }, undefined],
  ['past the proxy by a domain', { HTTPS_PROXY: 'http://p:1', no_proxy: '.com' }, undefined],
  ['not past it by half a name', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'hub.com' }, 'http://p:1'],
  ['past it by *', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
])('%s', (_title, env, expected) => {
  expect(proxyFor(github, env)).toBe(expected);
});

test('fails in time with a proxy that hangs up', async () => {
  const proxy = new Answers(); // it knows no CONNECT
  const url = await proxy.listen();
  try {
    const asked = request('https://registry.test/x', { env: { https_proxy: url }, withinSeconds: 0.5 });
    await expect(asked).rejects.toThrow('https://registry.test/x: no answer within 0.5 s');
  } finally {
    await proxy.close();
  }
});

test('fails at once when aborted', async () => {
  await expect(request('http://127.0.0.1:1/', { signal: AbortSignal.abort(new Error('Ctrl-C')) })).rejects.toThrow(
    'Ctrl-C',
  );
});

test('fails with the reason when nobody listens', async () => {
  await expect(request('http://127.0.0.1:1/', { env: {} })).rejects.toThrow(
    /http:\/\/127\.0\.0\.1:1\/: .*(ECONNREFUSED|bad port)/,
  );
});
