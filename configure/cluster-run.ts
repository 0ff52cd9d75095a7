import type { Secret } from '../operations/secret';
import type { ClusterOutput, DeployedNode } from '../plan/cluster-output';
import type { ClusterPlan } from '../plan/cluster-plan';
import type { ProgressListener } from '../plan/progress';
import type { Role } from '../roles/role';
import { wavesOf } from '../roles/start-waves';
import type { SecretStore } from '../secrets/secret-store';
import { throttled } from './_throttled';
import { ArtifactSpread } from './artifact-spread';
import { amount, fetchArtifact } from './artifacts';
import { clusterSecrets, tryStoredSecrets } from './cluster-secrets';
import { ClusterContext, type Member, membersNamed, membersOf } from './context';
import type { MirrorsDoor } from './mirrors-door';
import { isNoService } from './node-steps';
import { Readiness } from './readiness';
import type { Connection } from './transport';
import { Turns } from './turns';

export interface ClusterRunOptions {
  readonly plan: ClusterPlan;
  readonly output: ClusterOutput;
  readonly connect: (node: DeployedNode) => Promise<Connection>;
  readonly secrets: SecretStore;
  /** Names of the nodes that it is about. @default - all */
  readonly onlyNodes?: readonly string[];
  /** Finds out what would be changed, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Opens package mirrors while something is installed, where the plan lets nodes reach them then. @default - nothing can be installed then */
  readonly mirrors?: MirrorsDoor;
  /** Where artifacts are kept on this machine. @default - see `fetchArtifact` */
  readonly cacheDir?: string;
  /**
   * Which running services are interrupted batch by batch: `needed` = those that have work to lose, and those that others
   * wait for where several nodes have them; `all`; or `none` = all are interrupted at once, and work is lost.
   * @default 'needed'
   */
  readonly rolling?: 'needed' | 'all' | 'none';
  /** How many nodes of one group are interrupted at a time; those with a role that others start after, one. @default 1 */
  readonly batch?: number;
  /** How long each node may take to be emptied of its work. @default 3600 */
  readonly drainSeconds?: number;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

interface AwaitedNode {
  readonly member: Member;
  readonly roles: readonly Role[];
}

/** What the nodes of one run share: who is in the cluster, its secrets, its artifacts, who is healthy already. */
export class ClusterRun {
  readonly members: readonly Member[];
  /** Those that it is about; the ones that are off are not among them. */
  readonly selected: readonly Member[];
  readonly waves: readonly (readonly Role[])[];
  readonly readiness: Readiness;
  readonly turns: Turns;
  /** By region: nodes of one don't reach those of another. */
  readonly #spreads: ReadonlyMap<string | null, ArtifactSpread>;
  #context: Promise<ClusterContext> | undefined;
  #known: ClusterContext | undefined;

  /** @throws {Error} for roles that wait for each other, or a node that there isn't */
  constructor(readonly options: ClusterRunOptions) {
    this.members = membersOf(options.plan, options.output);
    this.selected = selectMembers(this.members, options);
    this.waves = wavesOf(this.members);
    this.readiness = this.#readiness();
    this.turns = new Turns({ members: this.selected, waves: this.waves, batch: options.batch ?? 1 });
    const regions = new Set(this.selected.map(({ deployed: { region } }) => region));
    this.#spreads = new Map([...regions].map((region) => [region, this.#artifactSpread(region)]));
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

  /** How artifacts get onto a selected node and those around it. */
  spreadFor({ deployed: { region } }: Member): ArtifactSpread {
    return this.#spreads.get(region)!;
  }

  /** Stops sharing artifacts. @returns nodes on which that failed, with the reason */
  async stopSharing(): Promise<ReadonlyMap<string, Error>> {
    const failures = await Promise.all([...this.#spreads.values()].map((spread) => spread.close()));
    return new Map(failures.flatMap((each) => [...each]));
  }

  /** Names of the roles that the selected ones wait for. */
  get awaitedRoles(): ReadonlySet<string> {
    return new Set(this.selected.flatMap(({ roles }) => roles.flatMap((role) => role.after ?? [])));
  }

  /** Nodes outside of the selection with roles that the selected ones wait for. */
  get awaited(): readonly AwaitedNode[] {
    return this.#awaited().filter(({ member }) => !member.rest);
  }

  /** Whether services of these roles are interrupted one node after the other, and not on all at once. */
  rollsOver(interrupted: readonly Role[]): boolean {
    const { rolling = 'needed' } = this.options;
    if (rolling === 'none') return false;
    return interrupted.some((role) => rolling === 'all' || role.drain !== undefined || this.#hasStandIn(role));
  }

  /** Whether another node does for those that wait for it what one of them does. */
  #hasStandIn({ name }: Role): boolean {
    const awaited = this.waves.flat().some(({ after }) => after?.includes(name));
    const holders = this.members.filter(({ rest, roles }) => !rest && roles.some((role) => role.name === name));
    return awaited && holders.length > 1;
  }

  /** Tells those who wait for it that a role is healthy on a node. */
  healthy(member: Member, role: string): void {
    this.readiness.healthy(placeOf(member, role));
  }

  /** Tells them that roles won't be healthy on a node. */
  failed(member: Member, roles: readonly string[], reason: string): void {
    for (const role of roles) this.readiness.failed(placeOf(member, role), member.deployed.name, reason);
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

  #awaited(): readonly AwaitedNode[] {
    const names = this.awaitedRoles;
    return this.members
      .filter((member) => !this.selected.includes(member))
      .map((member) => ({ member, roles: member.roles.filter(({ name }) => names.has(name)) }))
      .filter(({ roles }) => roles.length > 0);
  }

  /** Of every node of this run that may come to be healthy in a role; services that are to rest never do. */
  #readiness(): Readiness {
    const candidates = [...this.selected.map((member) => ({ member, roles: member.roles })), ...this.#awaited()];
    const readiness = new Readiness(
      candidates.flatMap(({ member, roles }) => roles.map(({ name }) => placeOf(member, name))),
    );
    for (const { member, roles } of candidates.filter(({ member: { rest } }) => rest)) {
      const reason = member.rest === 'off' ? 'is to be off' : 'is to be stopped';
      const services = member.rest === 'off' ? roles : roles.filter((role) => !isNoService(role));
      for (const { name } of services) readiness.failed(placeOf(member, name), member.deployed.name, reason);
    }
    return readiness;
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

  #artifactSpread(region: string | null): ArtifactSpread {
    const { cacheDir, onProgress, signal } = this.options;
    const upload = throttled((node: string, text: string) =>
      onProgress?.({ subject: node, phase: 'artifacts', state: 'update', text }),
    );
    return new ArtifactSpread({
      nodes: this.selected.filter(({ deployed }) => deployed.region === region).length,
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
  return membersNamed(plan, members, onlyNodes).filter(({ rest }) => rest !== 'off');
}

function placeOf(
  { deployed: { region } }: Member,
  role: string,
): { readonly role: string; readonly region: string | null } {
  return { role, region };
}
