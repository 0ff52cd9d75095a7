/** The hands: what `firesteel/configure` gives to other programs. Nothing of Terraform or CDKTF is loaded. */
export type { HostKey, Inventory, InventoryRecord } from '../inventory/inventory';
export { JsonInventory } from '../inventory/json-inventory';
export { Secret } from '../operations/secret';
export type { ProgressEvent, ProgressListener } from '../plan/progress';
export { FileSecretStore, type FileSecretStoreOptions } from '../secrets/file-secret-store';
export type { SecretStore } from '../secrets/secret-store';
export { ArtifactError } from './artifact-error';
export { type FetchedArtifact, type FetchOptions, fetchArtifact } from './artifacts';
export { type ClusterAccess, clusterConnector } from './cluster-access';
export type { ClusterRunOptions } from './cluster-run';
export { type ConfigureClusterOptions, configureCluster } from './configure-cluster';
export { type ConfigureReport, configureNodes } from './configure-nodes';
export { type ConnectOptions, Connector, type ConnectResult, connectAll, connectNode } from './connect';
export { type AppliedChange, type ConvergeOptions, type ConvergeResult, converge } from './converge';
export { DrainError, type DrainOptions, type DrainReport, drainNodes, type NodeLoad, nodeLoads } from './drain';
export { type DryRun, dryRun } from './dry-run';
export { CommandError, ConnectError, HostKeyError, IdentityError } from './errors';
export { FactError } from './fact-error';
export { HostKeys, type HostKeysOptions } from './host-keys';
export { findIdentity, type Identity, type IdentityOptions } from './identity';
export { MirrorsDoor, type MirrorsDoorOptions, mirrorsDoor } from './mirrors-door';
export type { NodeReport } from './node-report';
export { PlanMismatchError } from './plan-mismatch';
export type { RoleHealth } from './probes';
export { writeSshConfig } from './ssh-config';
export { clusterStatus, type NodeStatus, type StatusOptions, type StatusReport } from './status';
export { stopNodes } from './stop-nodes';
export { type SubmitOptions, submit } from './submit';
export type {
  Connection,
  GetOptions,
  Listening,
  ListenOptions,
  PutOptions,
  RunOptions,
  StreamOptions,
  Transport,
} from './transport';
export { openTunnel, type Tunnel, type TunnelOptions } from './tunnel';
