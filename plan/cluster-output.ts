import { z } from 'zod';

const volume = z.object({
  name: z.string(),
  id: z.string(),
  mount: z.string(),
  filesystem: z.enum(['ext4', 'xfs']),
});

const node = z.object({
  /** e.g. `worker-2` */
  name: z.string(),
  /** e.g. `dev-worker-2` */
  hostname: z.string(),
  group: z.string(),
  roles: z.array(z.string()),
  serverId: z.string(),
  imageId: z.string(),
  /** Fixed IPv4 address. */
  address: z.string(),
  /** Floating IPv4 address; null where the node has none. */
  floatingIp: z.string().nullable(),
  region: z.string().nullable(),
  vcpus: z.number(),
  memoryMiB: z.number(),
  volumes: z.array(volume),
});

const virtualIp = z.object({
  group: z.string(),
  /** Fixed IPv4 address. */
  address: z.string(),
  /** Floating IPv4 address; null where none leads to it. */
  floatingIp: z.string().nullable(),
});

const loadBalancer = z.object({
  name: z.string(),
  port: z.number(),
  /** Fixed IPv4 address. */
  address: z.string(),
  /** Floating IPv4 address; null where none leads to it. */
  floatingIp: z.string().nullable(),
});

/** Contract between Terraform and SSH: the one output (`cluster`) of a cluster's stack. */
export const clusterOutputSchema = z.object({
  version: z.literal(1),
  environment: z.string(),
  /** Digest of all that Terraform was told; see `infrastructureDigest`. */
  planDigest: z.string(),
  nodes: z.array(node),
  /** Addresses that groups share; what was deployed before there were any says nothing of them. */
  virtualIps: z.array(virtualIp).optional(),
  /** The cloud's load balancers in front of nodes; absent where there are none. */
  loadBalancers: z.array(loadBalancer).optional(),
});

export type ClusterOutput = z.infer<typeof clusterOutputSchema>;
export type DeployedNode = z.infer<typeof node>;
export type DeployedVirtualIp = z.infer<typeof virtualIp>;
export type DeployedLoadBalancer = z.infer<typeof loadBalancer>;

/** Name of the Terraform output. */
export const CLUSTER_OUTPUT = 'cluster';
