import { type ConnectOptions, connectNode } from '../configure/connect';
import { HostKeys } from '../configure/host-keys';
import { findIdentity } from '../configure/identity';
import { tryParsePublicKey } from '../configure/ssh-key';
import type { Connection } from '../configure/transport';
import type { HostKey } from '../inventory/inventory';
import type { DeployedNode } from '../plan/cluster-output';
import type { Sshd } from './_sshd';

/** A deployed node as Terraform tells of it. */
export function deployedNode(name: string, overrides: Partial<DeployedNode> = {}): DeployedNode {
  return {
    name,
    hostname: `dev-${name}`,
    group: name.replace(/-\d+$/, ''),
    roles: ['node'],
    serverId: `server-of-${name}`,
    imageId: 'image',
    address: '127.0.0.1',
    floatingIp: null,
    region: null,
    vcpus: 1,
    memoryMiB: 1024,
    volumes: [],
    ...overrides,
  };
}

/** A host key as the inventory keeps it. */
export function hostKey(line: string, source: HostKey['source'] = 'console'): HostKey {
  return { ...tryParsePublicKey(line)!, source };
}

/** How tests connect: as root, with the plan's host keys, without cloud-init unless told otherwise. */
export async function connectOptions(
  nodes: readonly DeployedNode[],
  keyFile: string,
  hostKeys: Readonly<Record<string, readonly string[]>>,
  overrides: Partial<ConnectOptions> = {},
): Promise<ConnectOptions> {
  return {
    cluster: { environment: 'dev', nodes: [...nodes] },
    user: 'root',
    identity: await findIdentity({ privateKeyFile: keyFile, agentSocket: '', sshDir: '/nowhere' }),
    hostKeys: new HostKeys({ environment: 'dev', planned: hostKeys }),
    timeouts: { sshSeconds: 10, cloudInitSeconds: 0 },
    ...overrides,
  };
}

/** One connection to an sshd of a test. */
export async function connectTo(
  sshd: Sshd,
  keyFile: string,
  overrides: Partial<ConnectOptions> = {},
): Promise<Connection> {
  const node = deployedNode('worker-1', { address: sshd.address });
  const options = await connectOptions(
    [node],
    keyFile,
    { 'worker-1': sshd.hostKeys },
    { port: sshd.port, ...overrides },
  );
  return connectNode(node, options);
}
