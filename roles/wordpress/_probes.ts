import { sh } from '../../operations/shell';
import { python } from '../_python';
import type { NodeContext, Probe } from '../role';
import { cacheServers } from './_conf';
import { WORDPRESS_PORT } from './_paths';
import { wordpressSettings } from './_settings';
import { askSite } from './_site';

/** WordPress reads its title from the database, what it caches is kept, and the page that visitors get bears that title. */
export function showsTheSite(context: NodeContext, unit: string): Probe {
  const { node, settings } = context;
  const { url } = wordpressSettings(settings);
  const code = `
import html, http.client
state, address, port, name, proto, caches = argv
try:
    site = json.loads(state)
except ValueError:
    fail('WordPress says: ' + re.sub(r'<[^>]*>|\\s+', ' ', state)[-300:])
if not site['installed']:
    fail('the site is not made yet')
if not site['cached']:
    fail(f'none of {caches or "its own processes"} keeps what it caches')
connection = http.client.HTTPConnection(address, int(port), timeout=20)
try:
    connection.request('GET', '/', headers={'Host': name, 'X-Forwarded-Proto': proto, 'Connection': 'close'})
    answer = connection.getresponse()
    page = answer.read().decode(errors='replace')
except (OSError, http.client.HTTPException) as error:
    fail(f'{address}:{port} does not answer: {error}')
if answer.status != 200:
    fail(f'the front page is answered with {answer.status}: ' + re.sub(r'<[^>]*>|\\s+', ' ', page)[:200])
if site['title'] not in html.unescape(page):
    fail(f'the front page does not bear the title "{site["title"]}"')
`;
  const { host, protocol } = url === undefined ? { host: node.address, protocol: 'http:' } : new URL(url);
  const words = [
    node.address,
    String(WORDPRESS_PORT),
    host,
    protocol.replace(':', ''),
    cacheServers(context).join(', '),
  ];
  const script = sh`
    site=$(${askSite('state')} 2>&1) || :
    ${python(`${code}`, [])} "$site" ${words} && exit 0
    journalctl --no-pager -q -o cat -n 5 -u ${unit} | cut -c1-300
    exit 1
  `;
  return { name: 'shows the site', script: script.text };
}
