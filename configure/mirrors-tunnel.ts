import { setTimeout as pause } from 'node:timers/promises';
import { MIRRORS_PROXY_PORT } from '../roles/ports';
import { applyChanges, type DueChange } from './converge';
import { ForwardError } from './errors';
import { mirrorHosts } from './mirror-hosts';
import { MirrorsProxy } from './mirrors-proxy';
import type { Connection, Listening } from './transport';

export interface ThroughTunnelOptions {
  readonly signal?: AbortSignal;
}

/** How long another run may go on to install on the node. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 2000;
const SSHD_SETTINGS = '/etc/ssh/sshd_config.d';

/**
 * Makes changes of a node while a port of its loopback address leads through our connection to a proxy in this process,
 * which lets through to package mirrors alone.
 * @param make gets the proxy's address as seen from the node
 * @throws {ForwardError} when the node's sshd does not take such a port
 */
export async function throughTunnel<T>(
  connection: Connection,
  changes: readonly DueChange[],
  make: (mirrorsProxy: string) => Promise<T>,
  { signal }: ThroughTunnelOptions = {},
): Promise<T> {
  const proxy = new MirrorsProxy(await mirrorHosts(connection, changes, { ...(signal && { signal }) }));
  try {
    const listening = await listen(connection, changes, proxy, signal);
    try {
      return await make(`http://127.0.0.1:${MIRRORS_PROXY_PORT}`);
    } finally {
      listening.close();
    }
  } finally {
    proxy.close();
  }
}

/**
 * A connection is bound to what sshd allowed when it was made: on a node of which the plan wants this since a moment ago,
 * sshd is told first.
 */
async function listen(
  connection: Connection,
  changes: readonly DueChange[],
  proxy: MirrorsProxy,
  signal: AbortSignal | undefined,
): Promise<Listening> {
  const serve = proxy.serve.bind(proxy);
  const refused = (error: unknown): undefined => {
    if (!(error instanceof ForwardError)) throw error;
  };
  const listening = await connection.listen(MIRRORS_PROXY_PORT, serve).catch(refused);
  if (listening) return listening;
  const allowing = changes.filter(({ operation }) => operation.includes(SSHD_SETTINGS));
  await applyChanges(connection, allowing, { ...(signal && { signal }) });
  for (const end = Date.now() + PATIENCE_MS; ; await pause(PAUSE_MS, undefined, { signal })) {
    try {
      return await connection.listen(MIRRORS_PROXY_PORT, serve, { anew: true });
    } catch (error) {
      refused(error);
      if (Date.now() > end) throw error;
    }
  }
}
