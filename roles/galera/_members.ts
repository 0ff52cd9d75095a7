import type { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import { type ClusterCertificate, clusterCertificate } from '../_cluster-certificate';
import type { Census, NodeContext, NodeInfo, SecretSpec } from '../role';
import { GALERA_PORTS, GALERA_SECRET_FILE } from './_paths';

export const GALERA = 'mariadb-galera';
export const ARBITRATOR = 'galera-arbitrator';

/** What servers and arbitrators of one cluster know each other by: their common certificate follows from it. */
export const GALERA_SECRET: SecretSpec = {
  name: 'mariadb.galera',
  bytes: 32,
  sharedWith: [ARBITRATOR],
  recover: sh`cat ${GALERA_SECRET_FILE} 2>/dev/null || :`.text,
};

export function galeraCertificate(context: NodeContext): ClusterCertificate {
  return clusterCertificate(galeraSecret(context), `galera.${context.cluster}`);
}

export function galeraSecret(context: NodeContext): Secret {
  return context.secret(GALERA_SECRET.name);
}

/** How many members the group has when all are there. */
export function groupSize({ nodesWith }: Pick<NodeContext, 'nodesWith'>): number {
  return nodesWith(GALERA).length + nodesWith(ARBITRATOR).length;
}

/** The members as programs on the nodes are told; in the plan's order. */
export function membersJson(context: NodeContext): string {
  const short = ({ name, address }: NodeInfo): Pick<NodeInfo, 'name' | 'address'> => ({ name, address });
  const members = {
    cluster: context.cluster,
    self: short(context.node),
    servers: context.nodesWith(GALERA).map(short),
    arbitrators: context.nodesWith(ARBITRATOR).map(short),
  };
  return `${JSON.stringify(members, undefined, 2)}\n`;
}

/** `gcomm://…` of all servers. */
export function groupAddress({ nodesWith }: NodeContext): string {
  return `gcomm://${nodesWith(GALERA)
    .map(({ address }) => `${address}:${GALERA_PORTS.group}`)
    .join(',')}`;
}

/** An even number splits into halves, neither of which may go on: it costs one more and bears no more. */
export function oddGroup({ count }: Census): string | undefined {
  const [servers, arbitrators] = [count(GALERA), count(ARBITRATOR)];
  if (servers === 0) return `there is no database to arbitrate for: give the role ${GALERA} to a group`;
  if ((servers + arbitrators) % 2 === 1) return undefined;
  const all = arbitrators === 0 ? `${servers} nodes` : `${servers} nodes and ${arbitrators} with ${ARBITRATOR}`;
  return (
    `a group of ${all} bears the loss of no more than one less would: ` +
    `take an odd number, or give the role ${ARBITRATOR} to one node elsewhere`
  );
}
