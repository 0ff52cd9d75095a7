import { resolve } from 'node:path';
import { z } from 'zod';
import { address, cidr, login, subnetCidr, text } from './_fields';
import { everybody, isAnywhere } from './address-range';
import type { CommonNetworkPlan, CommonPlan } from './cluster-plan';
import { PlanError, type PlanIssue } from './plan-error';
import { expandHome, findPublicKey } from './public-key';
import { type StateBackend, stateBackendSchema } from './state-backend';
import { stateIssues, stateWarnings } from './state-issues';

/** What all environments of a project share, as the user writes it. */
export interface CommonSpec {
  /** Entry of clouds.yaml. @default - what the shell's `OS_*` variables say */
  readonly cloud?: string;
  /** @default - the cloud's */
  readonly region?: string;
  readonly ssh?: CommonSshSpec;
  /** Address ranges (CIDR) that may reach SSH, and through it the web pages. */
  readonly access: readonly string[];
  /** Needed, and warned of, where `access` holds 0.0.0.0/0 or ::/0. @default false */
  readonly accessFromAnywhere?: boolean;
  /** A network to make, or one that exists. */
  readonly network: NewNetworkSpec | ExistingNetworkSpec;
  /** Where Terraform keeps the state of this environment, and of those that use it and say nothing. @default - a local file */
  readonly state?: StateBackend;
}

export interface CommonSshSpec {
  /** A public key's line, or its file. @default - the first of ~/.ssh/id_ed25519.pub, id_ecdsa.pub, id_rsa.pub */
  readonly publicKey?: string;
  /** Name of a key pair that the cloud has already; instead of `publicKey`. */
  readonly keyPair?: string;
  /** File of the private half. @default - the public key's file without `.pub`; ssh-agent is asked first */
  readonly privateKey?: string;
  /** Public-key lines of colleagues who may log in too. @default [] */
  readonly authorizedKeys?: readonly string[];
  /** Login of the images. @default - from the image's properties: debian, ubuntu, rocky, … */
  readonly user?: string;
}

export interface NewNetworkSpec {
  /** Of the subnet. @default '10.77.0.0/24' */
  readonly cidr?: string;
  /** Name of the external network that the router and the floating IPs use. */
  readonly external: string;
  /** Resolvers of the nodes. @default - the subnet's own, which forward to the cloud's */
  readonly nameservers?: readonly string[];
}

export interface ExistingNetworkSpec {
  /** Name of the network. */
  readonly existing: string;
  /** Name of its subnet that the nodes get their addresses from. */
  readonly subnet: string;
  /** Name of the external network that floating IPs come from. @default - no floating IPs */
  readonly external?: string;
  /** @default - the subnet's own */
  readonly nameservers?: readonly string[];
}

const DEFAULT_CIDR = '10.77.0.0/24';

const newNetwork = z.strictObject({
  cidr: subnetCidr.default(DEFAULT_CIDR).describe('Addresses of the subnet.'),
  external: text.describe('Name of the external network that the router and the floating IPs use.'),
  nameservers: z.array(address).default([]).describe("Resolvers of the nodes; none: the subnet's own."),
});

const existingNetwork = z.strictObject({
  existing: text.describe('Name of a network that exists.'),
  subnet: text.describe('Name of its subnet that the nodes get their addresses from.'),
  external: text.optional().describe('Name of the external network that floating IPs come from.'),
  nameservers: z.array(address).default([]),
});

export const commonSchema = z.strictObject({
  kind: z.literal('common'),
  cloud: text.optional().describe("Entry of clouds.yaml; absent: the shell's OS_* variables."),
  region: text.optional(),
  ssh: z
    .strictObject({
      publicKey: text.optional().describe("A public key's line, or its file."),
      keyPair: text.optional().describe('Name of a key pair that the cloud has already, instead of publicKey.'),
      privateKey: text.optional().describe('File of the private half; ssh-agent is asked first.'),
      authorizedKeys: z.array(text).default([]).describe('Public-key lines of colleagues who may log in too.'),
      user: login.optional().describe("Login of the images; absent: from the image's properties."),
    })
    .prefault({}),
  access: z
    .array(cidr)
    .min(1, 'names nobody: give at least one address range, e.g. 203.0.113.7/32 for one address')
    .describe('Address ranges (CIDR) that may reach SSH, and through it the web pages.'),
  accessFromAnywhere: z
    .boolean()
    .default(false)
    .describe('Needed where access holds 0.0.0.0/0. Everybody can then try to log in.'),
  network: z.union([newNetwork, existingNetwork]),
  state: stateBackendSchema
    .optional()
    .describe('Where Terraform keeps its state, also that of environments which use this one and say nothing.'),
});

/**
 * @param baseDir folder that relative key files start from
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function commonPlan(name: string, spec: CommonSpec, baseDir = process.cwd()): CommonPlan {
  const issues: PlanIssue[] = [];
  const ssh = spec.ssh ?? {};
  const key = tryAt(issues, 'ssh.publicKey', () => findKey(ssh, baseDir));
  const authorizedKeys = (ssh.authorizedKeys ?? []).flatMap((line, index) => {
    const found = tryAt(issues, `ssh.authorizedKeys.${index}`, () => findPublicKey(line, baseDir));
    return found ? [found.line] : [];
  });
  issues.push(...accessIssues(spec), ...stateIssues(spec.state, name));
  if (issues.length > 0 || !key) throw new PlanError(issues);
  const privateKeyFile = ssh.privateKey
    ? resolve(baseDir, expandHome(ssh.privateKey))
    : key.file?.replace(/\.pub$/, '');
  return {
    name,
    ...(spec.cloud !== undefined && { cloud: spec.cloud }),
    ...(spec.region !== undefined && { region: spec.region }),
    keyPair: key.keyPair,
    network: networkPlan(spec.network),
    access: spec.access,
    ...(spec.state !== undefined && { state: spec.state }),
    ssh: {
      authorizedKeys,
      ...(ssh.user !== undefined && { user: ssh.user }),
      ...(privateKeyFile !== undefined && { privateKeyFile }),
    },
  };
}

/** What the user should know although the plan is a valid one. */
export function commonWarnings(plan: CommonPlan): readonly string[] {
  const everywhere = plan.access
    .filter(isAnywhere)
    .map((range) => `access holds ${range}: every address there is can try to log in over SSH`);
  return [...everywhere, ...stateWarnings(plan.state)];
}

function findKey(ssh: CommonSshSpec, baseDir: string): { keyPair: CommonPlan['keyPair']; file?: string } {
  if (ssh.keyPair !== undefined) {
    if (ssh.publicKey !== undefined) throw new Error('and ssh.keyPair are both given: keep one');
    return { keyPair: { kind: 'existing', name: ssh.keyPair } };
  }
  const { line, file } = findPublicKey(ssh.publicKey, baseDir);
  return { keyPair: { kind: 'publicKey', publicKey: line }, ...(file !== undefined && { file }) };
}

function networkPlan(spec: CommonSpec['network']): CommonNetworkPlan {
  const nameservers = spec.nameservers ?? [];
  if (!('existing' in spec))
    return { kind: 'new', cidr: spec.cidr ?? DEFAULT_CIDR, external: spec.external, nameservers };
  const { existing: network, subnet, external } = spec;
  return { kind: 'existing', network, subnet, nameservers, ...(external !== undefined && { external }) };
}

function accessIssues(spec: CommonSpec): PlanIssue[] {
  if (spec.accessFromAnywhere) return [];
  return spec.access.flatMap((range, index) =>
    isAnywhere(range) ? [{ path: `access.${index}`, message: everybody(range) }] : [],
  );
}

function tryAt<T>(issues: PlanIssue[], path: string, find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    issues.push({ path, message: (error as Error).message });
    return undefined;
  }
}
