import { proxyFor } from '../../cloud/_dispatcher';

const PROXY = { https_proxy: 'http://proxy:3128', HTTP_PROXY: 'http://proxy:80' };
const for_ = (url: string, no_proxy = '') => proxyFor(new URL(url), { ...PROXY, no_proxy });

test('each scheme has its own, in either spelling', () => {
  expect(for_('https://cloud.example.org')).toBe('http://proxy:3128');
  expect(for_('http://cloud.example.org:5000')).toBe('http://proxy:80');
  expect(proxyFor(new URL('http://x'), {})).toBeUndefined();
});

test.each(['http://localhost:5000', 'http://127.0.0.1:5000', 'http://[::1]:5000'])('never for %s', (url) => {
  expect(for_(url)).toBeUndefined();
});

test.each([
  ['*', 'http://a.b'],
  ['example.org', 'http://cloud.example.org'],
  ['.example.org', 'http://cloud.example.org'],
  ['*.example.org', 'http://cloud.example.org'],
  ['other, example.org', 'http://example.org:5000'],
  ['example.org:5000', 'http://example.org:5000'],
  ['172.24.4.2', 'http://172.24.4.2:5000'],
  ['172.24.4.0/24', 'http://172.24.4.2:5000'],
  ['fd00::/8', 'http://[fd00::5]:5000'],
])('no_proxy=%s leaves %s out', (no_proxy, url) => {
  expect(for_(url, no_proxy)).toBeUndefined();
});

test.each([
  ['example.org', 'http://badexample.org'],
  ['example.org:5000', 'http://example.org:9292'],
  ['172.24.4.0/24', 'http://172.24.5.2:5000'],
  ['172.24.4.0/24', 'http://[fd00::5]:5000'],
])('no_proxy=%s does not leave %s out', (no_proxy, url) => {
  expect(for_(url, no_proxy)).toBe('http://proxy:80');
});
