import type { Secret } from '../operations/secret';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import type { ProgressListener } from '../plan/progress';
import type { Role } from '../roles/role';
import type { SecretStore } from '../secrets/secret-store';
import { throttled } from './_throttled';
import { ArtifactSpread } from './artifact-spread';
import { amount, fetchArtifact } from './artifacts';
import { clusterSecrets, tryStoredSecrets } from './cluster-secrets';
import { ClusterContext, type Member, membersOf } from './context';
import { Readiness } from './readiness';
import type { Connection } from './transport';
import { startWaves } from './waves';

export interface ClusterRunOptions {
  readonly plan: ClusterPlan;
  readonly output: ClusterOutput;
  readonly connect: (node: DeployedNode) => Promise<Connection>;
  readonly secrets: SecretStore;
  /** Names of the nodes to configure. @default - all */
  readonly onlyNodes?: readonly string[];
  /** Finds out what would be changed, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Where artifacts are kept on this machine. @default - see `fetchArtifact` */
  readonly cacheDir?: string;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** What the nodes of one run share: who is in the cluster, its secrets, its artifacts, who is healthy already. */
export class ClusterRun {
  readonly members: readonly Member[];
  readonly selected: readonly Member[];
  readonly waves: readonly (readonly Role[])[];
  readonly readiness: Readiness;
  readonly spread: ArtifactSpread;
  #context: Promise<ClusterContext> | undefined;
  #known: ClusterContext | undefined;

  /** @throws {Error} for roles that wait for each other, or a node that there isn't */
  constructor(readonly options: ClusterRunOptions) {
    this.members = membersOf(options.plan, options.output);
    this.selected = selectMembers(this.members, options);
    this.waves = startWaves([
      ...new Map(this.members.flatMap(({ roles }) => roles).map((role) => [role.name, role])).values(),
    ]);
    this.readiness = new Readiness(this.#holders());
    this.spread = this.#artifactSpread();
  }

  /** Learns what needs no node to be asked. */
  async prepare(): Promise<void> {
    const { plan, secrets } = this.options;
    const stored = await tryStoredSecrets({ environment: plan.name, members: this.members, store: secrets });
    if (stored) this.#known = new ClusterContext(plan, this.members, stored);
  }

  connect(member: Member): Promise<Connection> {
    return this.options.connect(member.deployed);
  }

  /** What roles may know, where no node has to be asked for it. */
  get knownContext(): ClusterContext | undefined {
    return this.#known;
  }

  /** What roles may know; asks nodes for secrets that were lost. */
  context(): Promise<ClusterContext> {
    if (this.#known) return Promise.resolve(this.#known);
    this.#context ??= this.#askedSecrets().then((secrets) => {
      this.#known = new ClusterContext(this.options.plan, this.members, secrets);
      return this.#known;
    });
    return this.#context;
  }

  /** Nodes outside of the selection with roles that the selected ones wait for. */
  get awaited(): readonly { readonly member: Member; readonly roles: readonly Role[] }[] {
    const names = new Set(this.selected.flatMap(({ roles }) => roles.flatMap((role) => role.after ?? [])));
    return this.members
      .filter((member) => !this.selected.includes(member))
      .map((member) => ({ member, roles: member.roles.filter(({ name }) => names.has(name)) }))
      .filter(({ roles }) => roles.length > 0);
  }

  tell(
    member: Member,
    phase: string,
    state: 'start' | 'update' | 'done' | 'warn' | 'fail',
    text?: string,
    seconds?: number,
  ): void {
    this.options.onProgress?.({ subject: member.deployed.name, phase, state, text, seconds });
  }

  /** Every node of this run that may come to be healthy in a role. */
  #holders(): ReadonlyMap<string, number> {
    const holders = new Map<string, number>();
    const candidates = [...this.selected.map(({ roles }) => roles), ...this.awaited.map(({ roles }) => roles)];
    for (const { name } of candidates.flat()) holders.set(name, (holders.get(name) ?? 0) + 1);
    return holders;
  }

  #askedSecrets(): Promise<ReadonlyMap<string, Secret>> {
    const { plan, secrets, dryRun, signal, onProgress } = this.options;
    return clusterSecrets({
      environment: plan.name,
      members: this.members,
      store: secrets,
      connect: (member) => this.connect(member),
      dryRun,
      signal,
      onRecovered: (name, node) =>
        onProgress?.({ subject: node, phase: 'secrets', state: 'update', text: `${name} read back from the node` }),
    });
  }

  #artifactSpread(): ArtifactSpread {
    const { cacheDir, onProgress, signal } = this.options;
    const upload = throttled((node: string, text: string) =>
      onProgress?.({ subject: node, phase: 'artifacts', state: 'update', text }),
    );
    return new ArtifactSpread({
      nodes: this.selected.length,
      fetch: (artifact) => fetchArtifact(artifact, { cacheDir, onProgress, signal }),
      onTransfer: (node, { fileName }, from) =>
        onProgress?.({ subject: node, phase: 'artifacts', state: 'update', text: `${fileName} from ${from}` }),
      onWarning: (node, text) => onProgress?.({ subject: node, phase: 'artifacts', state: 'warn', text }),
      onUpload: (node, { fileName }, sent, total) => upload(node, `${fileName}: ${amount(sent, total)}`),
      signal,
    });
  }
}

function selectMembers(members: readonly Member[], { onlyNodes, plan }: ClusterRunOptions): readonly Member[] {
  if (!onlyNodes) return members;
  const names = members.map(({ deployed }) => deployed.name);
  const unknown = onlyNodes.filter((name) => !names.includes(name));
  if (unknown.length === 0) return members.filter(({ deployed }) => onlyNodes.includes(deployed.name));
  throw new Error(`${plan.name} has no node ${unknown.join(', ')}; it has ${names.join(', ') || 'none'}`);
}
