import type { DueChange } from './converge';
import type { RunOptions, Transport } from './transport';

/** What pip asks where nothing else is said. */
const PYPI = ['pypi.org', 'files.pythonhosted.org'];
const ADDRESS = /\bhttps?:\/\/(?:[^/\s"'@]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)/gi;

/**
 * Names of the hosts that a node's packages come from: those of its sources of packages, of its pip, and those that the
 * changes name themselves, as a requirement with an address does.
 * @throws {CommandError} @throws {ConnectError}
 */
export async function mirrorHosts(
  transport: Transport,
  changes: readonly Pick<DueChange, 'script' | 'mirrors'>[],
  options: RunOptions = {},
): Promise<ReadonlySet<string>> {
  const settings = await transport.read(SOURCES, { ...options, action: 'reading where packages come from' });
  const scripts = changes.filter(({ mirrors }) => mirrors).map(({ script }) => script);
  return new Set([...PYPI, ...hostsIn(settings), ...scripts.flatMap(hostsIn)]);
}

/** Of every address in a text, in lower case. */
function hostsIn(text: string): readonly string[] {
  return [...text.matchAll(ADDRESS)].map(([, host]) => host!.toLowerCase());
}

/** Comments don't count. `mirror+file:` names a list of mirrors, which images of clouds keep in `/etc/apt/mirrors`. */
const SOURCES = `cd /
for file in etc/apt/sources.list etc/apt/sources.list.d/*.list etc/apt/sources.list.d/*.sources etc/apt/mirrors/*.list \\
  etc/yum.repos.d/*.repo etc/pip.conf etc/xdg/pip/pip.conf root/.pip/pip.conf root/.config/pip/pip.conf; do
  if [ -f "$file" ]; then sed 's/^[[:space:]]*[#;].*//' "$file"; echo; fi
done
printf '%s\\n' "\${PIP_INDEX_URL:-}" "\${PIP_EXTRA_INDEX_URL:-}" "\${PIP_FIND_LINKS:-}"
`;
