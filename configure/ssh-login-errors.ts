import type { DeployedNode } from '../plan/cluster-output';
import type { ConnectOptions } from './connect-options';
import { ConnectError, HostKeyError } from './errors';
import type { KnownHostKeys } from './host-keys-known';
import type { DialError } from './ssh-dial';
import { describeWay, type Way } from './ssh-way';

const CONSOLE_LINES = 20;

export async function unreachable(
  node: DeployedNode,
  way: Way,
  error: DialError,
  { consoleOf, timeouts }: ConnectOptions,
): Promise<ConnectError> {
  const lines = (await consoleOf?.(node.serverId).catch(() => [])) ?? [];
  const within = error.kind === 'forbidden' ? '' : ` within ${timeouts.sshSeconds} s`;
  const next = lines.length > 0 ? 'The last lines of its console log follow.' : 'Next: look at its console log.';
  return new ConnectError(
    node.name,
    `${node.name} (${describeWay(way)}) could not be reached by SSH${within}: ${error.message}. ${next}`,
    lines.slice(-CONSOLE_LINES),
  );
}

export function loginRefused(
  node: DeployedNode,
  way: Way,
  error: DialError,
  { user, identity }: ConnectOptions,
): ConnectError {
  return new ConnectError(
    node.name,
    `${node.name} (${describeWay(way)}) refused the login ${user} with the key from ${identity.source} (${error.message}). ` +
      'Next: check ssh.user and ssh.publicKey of the common environment; a server keeps the key that it was made with.',
  );
}

export function wrongHostKey(
  node: DeployedNode,
  way: Way,
  known: KnownHostKeys,
  error: DialError,
  { cluster }: ConnectOptions,
): HostKeyError {
  const expected = known.describeAll();
  const offered = error.offered && known.describe(error.offered);
  const line = `hostKeys: { ${node.name}: ["${offered?.split(' ')[0] ?? 'SHA256:…'}"] }`;
  const message = `${node.name} (${describeWay(way)}) showed a wrong SSH host key and was refused; nothing was sent to it.
  expected  ${expected.join('\n            ')}
  offered   ${offered ?? 'no key of these types'}
Either another machine answers there (an address that was used before, an old inventory, somebody in between), or the server's keys were made anew and its console log doesn't confirm that.
Next: compare with the host keys in the console log of server ${node.serverId}. If the offered key is the server's own, put it into environments/${cluster.environment}.yaml: ${line}. If it isn't, trust nothing that answers there.`;
  return new HostKeyError(node.name, message, expected, offered);
}
