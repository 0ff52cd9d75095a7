import type { z } from 'zod';
import type { Operation } from '../operations/operation';
import type { Secret } from '../operations/secret';
import type { SwapSize } from '../operations/swap';
import type { Settings } from './settings';

/**
 * A role is all there is to say about one kind of service, as data: the iron reads `exposes` (security groups are
 * derived from it), the hands read the rest. A role of your own is an object like this one in the plan.
 */
export interface Role {
  /** Lower-case words joined by hyphens, e.g. `spark-worker`. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** What a plan may say of it under `settings: { <name>: … }`, with defaults; see `roleSettings`. @default - nothing */
  readonly settings?: z.ZodType;
  /** Every port that something on another node may reach; nothing else is open. */
  readonly exposes: readonly Port[];
  /** Further ones that the plan's settings say. @default - none */
  exposesFor?(settings: Settings): readonly Port[];
  /** Web pages for the operator, reached through our SSH tunnel only. */
  readonly pages?: readonly Page[];
  /** Roles whose services must be healthy before this one starts: in its own region, or where that has none, in the others. */
  readonly after?: readonly string[];
  /** Waits for them in all regions of the cluster. @default false */
  readonly everywhere?: boolean;
  /** Its configuration names other nodes, all of them or those of some roles: where such come or go, its own nodes are configured too. @default false */
  readonly namesOthers?: boolean | readonly string[];
  /** Why a cluster with so many nodes of each role can't work, and what to do; undefined where it can. @default - it can */
  fits?(cluster: Census): string | undefined;
  /** A node with less memory can't hold it; the flavor says how much there is. @default - any node can */
  readonly minMemoryMiB?: number;
  /** Secrets shared by all nodes of the cluster that the role needs; made when missing. */
  readonly secrets?: readonly SecretSpec[];
  /** What clients know its services by, of the same secrets. @default - it shows nothing that they could */
  readonly certificate?: RoleCertificate;
  /** Large files that the role wants on the node before `install` runs; fetched once, spread inside the cluster. */
  artifacts?(settings: Settings): readonly Artifact[];
  /** What can be baked into an image: knows no cluster, no address, no secret. */
  install?(machine: InstallContext): readonly Operation[];
  /** What makes the machine a member of this cluster. */
  configure?(node: NodeContext): readonly Operation[];
  /** The services, started after `configure`, in the order of `after`. */
  start?(node: NodeContext): readonly Operation[];
  /** Questions asked on the node itself; all must be answered well for the role to be healthy. */
  health?(node: NodeContext): readonly Probe[];
  /**
   * How a node is emptied of this role's work before its services stop. @default - nothing that stopping them would lose
   * @param leaving names of the nodes that go for good, this one among them. @default - it comes back with all that it holds
   */
  drain?(node: NodeContext, leaving?: readonly string[]): Drain;
}

/** How many nodes of which roles a cluster has in one region. */
export interface Census {
  readonly settings: Settings;
  /** Names of all regions that the plan has; empty where it is in one. @default - they are not known here */
  readonly regions?: readonly string[];
  /** Nodes that have the role. */
  count(role: string): number;
}

/** Emptying a node: no new work comes to it, and what runs there finishes or moves. Both are POSIX sh, run as root. */
export interface Drain {
  /** Role of the nodes that `begin` runs on: all of them, one of which must exit 0. @default - on the node itself */
  readonly via?: string;
  /** Lets no new work come to the node. May run again. Exit status 75 on all = it is too early; it is tried again. */
  readonly begin: string;
  /** Runs on the node itself and prints how many things of the role run there: `0` = it is empty. */
  readonly load: string;
  /**
   * Runs on the node itself and prints how many things of the role are still starting there: until there are none, it has no
   * place yet for what the next node gives up. @default - it takes everything as soon as its services are well
   */
  readonly starting?: string;
}

export type Port = TransportPort | WholeProtocol;

export interface TransportPort {
  /** e.g. `rpc`; unique within the role. */
  readonly name: string;
  /** One port or an inclusive range. */
  readonly port: number | readonly [from: number, to: number];
  /** @default 'tcp' */
  readonly protocol?: 'tcp' | 'udp';
  /** Names of the roles whose nodes may connect. */
  readonly from: readonly string[];
  /** Names of the roles whose nodes in other regions of the cluster may connect too, each by its address. @default [] */
  readonly across?: readonly string[];
}

/** A protocol that has no ports. */
export interface WholeProtocol {
  readonly name: string;
  readonly port?: undefined;
  readonly protocol: 'vrrp';
  readonly from: readonly string[];
  readonly across?: undefined;
}

export interface Page {
  /** e.g. `master`. */
  readonly name: string;
  readonly port: number;
}

export interface SecretSpec {
  /** e.g. `spark.authenticate`. */
  readonly name: string;
  /** What it opens, of one that people need: `password of the user admin`. @default - only programs need it */
  readonly opens?: string;
  /** Random bytes; the secret is their hexadecimal text. */
  readonly bytes: number;
  /** Other roles that know it wherever some node of the cluster has this one. @default [] */
  readonly sharedWith?: readonly string[];
  /** POSIX sh, run as root on a node of the role, that prints the secret, should the operator have lost it. */
  readonly recover: string;
}

/** A certificate that follows from a secret. It is worked out where the plan is, so that no client is given the secret. */
export interface RoleCertificate {
  /** Name of one of the role's secrets. */
  readonly secret: string;
  /** PEM of what clients trust, and no secret itself; the same for all nodes of the cluster. */
  of(secret: Secret, cluster: string): string;
}

/** A file made or fetched by the controller, known by its content. */
export interface Artifact {
  /** File name on the node, e.g. `spark-4.2.1.tar.gz`. */
  readonly fileName: string;
  /** Where it comes from; the controller knows how to fetch each kind. */
  readonly source: ArtifactSource;
  /** The folder that holds `fileName` on a node is `ARTIFACT_DIR`. An artifact is needed only where this file is missing. */
  readonly installedMarker: string;
}

export type ArtifactSource =
  /** PyPI's source distribution of pyspark, verified and repacked without what a standalone cluster never loads. */
  | { readonly kind: 'pyspark'; readonly version: string; readonly sha256: string }
  /** Any tarball by address, verified. */
  | { readonly kind: 'url'; readonly url: string; readonly sha512: string }
  /** A tarball of jars from a Maven repository, each verified; all lie in its folder `jars`. */
  | { readonly kind: 'maven'; readonly jars: readonly MavenJar[] }
  /** A tarball of a folder of this machine, as it was when its digest was taken; see `folderDigest`. */
  | { readonly kind: 'folder'; readonly path: string; readonly sha256: string };

export interface MavenJar {
  /** `group:artifact:version`. */
  readonly coordinates: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Where artifacts lie on a node. */
export const ARTIFACT_DIR = '/var/cache/firesteel';

export interface InstallContext {
  readonly settings: Settings;
}

export interface NodeContext extends InstallContext {
  /** The environment's name, e.g. `dev`. */
  readonly cluster: string;
  readonly node: NodeInfo;
  /** All nodes of the cluster in the node's region, this one too, in the plan's order. */
  readonly nodes: readonly NodeInfo[];
  /** Those of the cluster's other regions, with the addresses that they have from here. */
  readonly elsewhere: readonly NodeInfo[];
  /** Nodes in the node's region that have the role, in the plan's order. */
  nodesWith(role: string): readonly NodeInfo[];
  /** @throws {Error} for a name that no role of the node declares or is let into */
  secret(name: string): Secret;
  /** PEM by which to know the services of a role, in all regions; undefined where no node has it, or it shows none. */
  certificateOf(role: string): string | undefined;
}

export interface NodeInfo {
  /** e.g. `worker-2`. */
  readonly name: string;
  /** What it calls itself, e.g. `dev-worker-2`. */
  readonly hostname: string;
  /** Further names that all nodes of the cluster know it by: full ones, and its server's where that is another. @default [] */
  readonly aliases?: readonly string[];
  /** Fixed IPv4 address on the cluster's network; of a node elsewhere its floating one, where it has one. */
  readonly address: string;
  /** The cloud's name of its region, of a cluster that is in several. */
  readonly region?: string;
  readonly group: string;
  readonly roles: readonly string[];
  /** What the plan calls its group by, for load balancers and the like. */
  readonly tags: readonly string[];
  /** Fixed IPv4 address that its group's active node has besides its own; absent where the group shares none. */
  readonly virtualIp?: string;
  /** From the flavor: a container sees its host's CPUs and memory, so services are always told. */
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly volumes: readonly VolumeInfo[];
  /** Of its swap file. @default - it has none */
  readonly swap?: SwapSize;
}

export interface VolumeInfo {
  readonly name: string;
  /** Cinder's id; the guest's disk serial begins with its first 20 characters. */
  readonly id: string;
  readonly mount: string;
  readonly filesystem: 'ext4' | 'xfs';
}

/** A question to a running service, asked on its node. */
export interface Probe {
  /** e.g. `unit`, `registered with the master`. */
  readonly name: string;
  /** POSIX sh, run as root: exit 0 is healthy; what it prints otherwise says what is wrong. */
  readonly script: string;
}
