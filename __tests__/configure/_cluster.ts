import { join } from 'node:path';
import type { ClusterRunOptions } from '../../configure/cluster-run';
import type { Connection } from '../../configure/transport';
import { Secret } from '../../operations/secret';
import type { ClusterOutput, DeployedNode } from '../../plan/cluster-output';
import type { ClusterPlan, RestState } from '../../plan/cluster-plan';
import { infrastructureDigest } from '../../plan/digest';
import type { Role } from '../../roles/role';
import type { SecretStore } from '../../secrets/secret-store';
import { LocalTransport } from './_local-transport';

/** Groups by name, with how many nodes and which roles each has. */
export type Groups = Readonly<Record<string, { readonly count: number; readonly roles: readonly Role[] }>>;

/** A cluster whose nodes are folders of this machine. */
export class LocalCluster {
  plan: ClusterPlan;
  readonly output: ClusterOutput;
  readonly machines: ReadonlyMap<string, LocalTransport>;
  readonly secrets = new MemorySecrets();
  /** Nodes that can't be reached, with the reason. */
  readonly unreachable = new Map<string, Error>();

  constructor(groups: Groups, healthSeconds = 3) {
    this.plan = planOf(groups, healthSeconds);
    const nodes = Object.entries(groups).flatMap(([group, { count, roles }]) =>
      Array.from({ length: count }, (_, number) => deployed(group, number, roles)),
    );
    this.output = { version: 1, environment: 'dev', planDigest: infrastructureDigest(this.plan), nodes };
    this.machines = new Map(nodes.map(({ name }) => [name, new LocalTransport(name)]));
  }

  readonly connect = async (node: DeployedNode): Promise<Connection> => {
    const reason = this.unreachable.get(node.name);
    if (reason) throw reason;
    return this.machine(node.name);
  };

  /** What every run on it is told. */
  get runOptions(): Pick<ClusterRunOptions, 'plan' | 'output' | 'connect' | 'secrets'> {
    return { plan: this.plan, output: this.output, connect: this.connect, secrets: this.secrets };
  }

  /** How nodes of a group are to rest, by number. */
  rest(group: string, resting: Readonly<Record<string, RestState>>): void {
    const groups = this.plan.groups.map((one) => (one.name === group ? { ...one, resting } : one));
    this.plan = { ...this.plan, groups };
  }

  machine(name: string): LocalTransport {
    return this.machines.get(name)!;
  }

  path(node: string, file: string): string {
    return join(this.machine(node).dir, file);
  }

  dispose(): void {
    for (const machine of this.machines.values()) machine.dispose();
  }
}

/** Remembers as long as it lives. */
export class MemorySecrets implements SecretStore {
  readonly values = new Map<string, string>();

  async get(environment: string, name: string): Promise<Secret | undefined> {
    const value = this.values.get(`${environment} ${name}`);
    return value === undefined ? undefined : new Secret(value);
  }

  async set(environment: string, name: string, value: Secret): Promise<void> {
    this.values.set(`${environment} ${name}`, value.reveal());
  }

  async removeAll(): Promise<void> {
    this.values.clear();
  }
}

function planOf(groups: Groups, healthSeconds: number): ClusterPlan {
  return {
    name: 'dev',
    common: 'common',
    groups: Object.entries(groups).map(([name, { count, roles }]) => ({
      name,
      roles,
      flavor: 'm1.small',
      image: 'debian-12',
      numbers: Array.from({ length: count }, (_, number) => number),
      floatingIps: 'none',
      volumes: [],
      placement: 'spread',
    })),
    settings: {
      spark: { version: '4.2.1', source: { kind: 'pypi', sha256: 'ab' }, conf: {}, packages: [] },
      python: { packages: [] },
      apt: { packages: [] },
      egress: 'open',
      ssh: { user: 'debian', authorizedKeys: [] },
      roles: {},
    },
    hostKeys: {},
    timeouts: { serverSeconds: 600, sshSeconds: 5, cloudInitSeconds: 5, healthSeconds },
  };
}

function deployed(group: string, number: number, roles: readonly Role[]): DeployedNode {
  const name = `${group}-${number}`;
  return {
    name,
    hostname: `dev-${name}`,
    group,
    roles: roles.map((role) => role.name),
    serverId: `id-${name}`,
    imageId: 'image',
    address: `10.0.0.${number + 10}`,
    floatingIp: null,
    region: null,
    vcpus: 1,
    memoryMiB: 1024,
    volumes: [],
  };
}
