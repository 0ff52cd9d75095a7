import { METADATA_ADDRESS, MIRROR_PORTS } from '../roles/ports';
import { Traffic } from '../roles/traffic';
import { Cidr } from './cidr';
import type { Connections } from './connections';
import type { INetwork } from './network';

/** Lets nodes reach what each needs besides its peers, and nothing else: metadata and resolvers. */
export function allowNodeEgress(connections: Connections, network: INetwork): void {
  connections.allowTo(Cidr.of(METADATA_ADDRESS), 80, { description: 'Metadata of the server' });
  for (const resolver of network.resolvers) {
    for (const traffic of [Traffic.udp(53), Traffic.tcp(53)]) {
      connections.allowTo(resolver, traffic, { description: 'Name resolution' });
    }
  }
}

/** Lets nodes reach package mirrors, wherever they are. */
export function allowMirrors(connections: Connections): void {
  for (const port of MIRROR_PORTS) connections.allowTo(Cidr.anywhere, port, { description: 'Package mirrors' });
}
