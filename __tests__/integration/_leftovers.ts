import { OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';

/** Everything that the sandbox's project holds, by kind and name; an empty project holds nothing. */
export async function leftovers(): Promise<string[]> {
  const credentials = await resolveCredentials({ cloud: 'sandbox', furtherFiles: [sandboxSettings().clouds] });
  const cloud = await OpenStack.connect(credentials);
  try {
    const { compute, network, projectId } = cloud;
    const own = <T extends { projectId?: string }>(things: readonly T[]) =>
      things.filter((thing) => thing.projectId === undefined || thing.projectId === projectId);
    const found = await Promise.all([
      named('server', compute.servers()),
      named('key pair', compute.keyPairs()),
      named('server group', compute.serverGroups()),
      named('port', network.ports()),
      named('router', network.routers()),
      named(
        'network',
        network.networks().then((all) => own(all).filter(({ external }) => !external)),
      ),
      named(
        'floating IP',
        network.floatingIps().then((all) => all.map(({ address }) => ({ name: address }))),
      ),
      named(
        'security group',
        network.securityGroups().then((all) => all.filter(({ name }) => name !== 'default')),
      ),
    ]);
    return found.flat();
  } finally {
    await cloud.close();
  }
}

async function named(kind: string, things: Promise<readonly { readonly name: string }[]>): Promise<string[]> {
  return (await things).map(({ name }) => `${kind} ${name}`);
}
