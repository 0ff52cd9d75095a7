import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './_api';
import { logTail } from './_log';
import type { Box } from './box';
import { type ConfigContext, HOST_NAME, SECOND_HOST_NAME } from './config/context';
import { DNS_POOLS_TASK, DNS_SCHEMA, dnsServices } from './dns-services';
import { SandboxError } from './errors';
import { type OnSandboxEvent, step } from './events';
import type { Milestones } from './milestones';
import type { Resolvers } from './resolvers';
import { MAP_HOSTS, schemaTasks } from './schemas';
import { seedCloud, seedDns, seedIdentity, seedService } from './seed';
import { apiServices, baseServices, secondNode, secondNodeServices, workers } from './services';
import { describeEnd } from './status';
import type { ProgramSpec, ProgramState, ServiceSpec } from './supervisor';

// A machine that is busy with other things takes several times as long.
const READY_SECONDS = 300;
const SEED_VERSION = '1';

export interface BringUpOptions {
  readonly stateDir: string;
  readonly milestones: Milestones;
  readonly context: ConfigContext;
  readonly resolvers: Resolvers;
  readonly nodes: 1 | 2;
  /** Names the version of the programs: the schemas are upgraded when it changes. */
  readonly rootfs: string;
  /** As `rootfs`, of the services that it has besides. */
  readonly layers: readonly string[];
  readonly onEvent: OnSandboxEvent;
  readonly signal?: AbortSignal;
}

/** Makes a box a working cloud. Starts what is not running, does what was never finished: the same for new, half and dead. */
export class BringUp {
  private dead = new Map<string, ProgramState>();

  constructor(
    private readonly box: Box,
    private readonly options: BringUpOptions,
  ) {}

  /** @returns a client of the cloud's administrator */
  async run(): Promise<ApiClient> {
    const { onEvent, nodes, context } = this.options;
    const known = await this.box.supervisor.list();
    this.dead = new Map(known.filter((one) => !one.running).map((one) => [one.name, one]));
    const admin = await step(onEvent, 'data bases and APIs', () => this.startApis());
    await step(onEvent, 'compute and network', async () => {
      await Promise.all([
        ...workers().map((worker) => this.start(worker)),
        ...(nodes === 2 ? [this.startSecondNode()] : []),
        this.options.milestones.once('cloud', SEED_VERSION, () => seedCloud(admin, this.options.context)),
        ...(context.extras.includes('dns') ? [step(onEvent, 'DNS', () => this.startDns(admin))] : []),
      ]);
      await this.untilWorkersReport(admin);
      await this.options.milestones.once(MAP_HOSTS.name, String(nodes), () => this.task(MAP_HOSTS));
    });
    return admin;
  }

  private async startApis(): Promise<ApiClient> {
    const { context, resolvers } = this.options;
    const base = baseServices(resolvers);
    const named = (name: string) => this.start(base.find((service) => service.name === name)!);
    const others = base.filter((service) => !['mariadb', 'rabbitmq', 'virtlogd', 'libvirtd'].includes(service.name));
    const mariadb = named('mariadb');
    const rabbitmq = named('rabbitmq');
    const apis = apiServices(context.net);
    const [admin] = await Promise.all([
      mariadb.then(() => this.startKeystone(apis.keystone)),
      mariadb.then(() => this.startApi('placement', apis.placement)),
      mariadb.then(() => this.startApi('glance', apis.glance)),
      mariadb.then(() => this.startApi('nova', apis.nova, rabbitmq)),
      mariadb.then(() => this.startApi('neutron', apis.neutron, rabbitmq)),
      rabbitmq,
      named('virtlogd').then(() => named('libvirtd')),
      ...others.map((service) => this.start(service)),
    ]);
    return admin;
  }

  private async startKeystone(service: ServiceSpec): Promise<ApiClient> {
    const { context } = this.options;
    await this.startApi('keystone', service);
    const admin = await this.firstLogin(service);
    await this.options.milestones.once('identity', SEED_VERSION, () => seedIdentity(admin, context));
    return admin;
  }

  // uwsgi takes connections long before keystone is loaded, and begins again when it fails to load.
  private async firstLogin(service: ServiceSpec): Promise<ApiClient> {
    const { net, passwords } = this.options.context;
    for (const end = Date.now() + READY_SECONDS * 1000; ; await sleep(500)) {
      this.options.signal?.throwIfAborted();
      try {
        return await ApiClient.login(net, 'admin', passwords.admin);
      } catch (error) {
        const state = (await this.box.supervisor.list()).find((one) => one.name === service.name);
        if (state && (!state.running || Date.now() > end)) throw this.failure(state);
        if (!(error instanceof SandboxError)) throw error;
      }
    }
  }

  private async startApi(
    name: keyof ReturnType<typeof schemaTasks>,
    service: ServiceSpec,
    after?: Promise<void>,
  ): Promise<void> {
    const { context, rootfs } = this.options;
    const task = schemaTasks(context)[name];
    await Promise.all([this.options.milestones.once(task.name, rootfs, () => this.task(task)), after]);
    await this.start(service);
  }

  private async startSecondNode(): Promise<void> {
    await this.start(secondNode());
    const node = (await this.box.supervisor.list()).find((one) => one.name === SECOND_HOST_NAME)!;
    for (const service of secondNodeServices(node.pid)) await this.start(service);
  }

  private async startDns(admin: ApiClient): Promise<void> {
    const { context, milestones, layers } = this.options;
    const once = (name: string, version: string, work: () => Promise<void>) => milestones.once(name, version, work);
    await Promise.all([
      once('identity-dns', SEED_VERSION, () => seedService(admin, context, 'designate')),
      once(DNS_SCHEMA.name, layers.join(' '), () => this.task(DNS_SCHEMA)),
    ]);
    await Promise.all(dnsServices(context.net).map((service) => this.start(service)));
    await once(DNS_POOLS_TASK.name, context.net.cidr, () => this.task(DNS_POOLS_TASK));
    await once('dns', SEED_VERSION, () => seedDns(admin, context));
  }

  private async start(service: ServiceSpec): Promise<void> {
    this.options.signal?.throwIfAborted();
    const started = await this.box.supervisor.start(service);
    const was = this.dead.get(service.name);
    if (was && !started.already)
      this.options.onEvent({ kind: 'repair', service: service.name, message: `${describeEnd(was)}; started again` });
    if (!started.ready) throw this.failure(started);
  }

  private async task(task: ProgramSpec): Promise<void> {
    const ended = await this.box.supervisor.run(task);
    if (ended.code !== 0) throw this.failure(ended);
  }

  private failure(program: ProgramState): SandboxError {
    const what = program.running ? 'does not get ready' : describeEnd(program);
    const tail = logTail(this.options.stateDir, program.name, 15);
    return new SandboxError(`${program.name}: ${what}. Its log: firesteel sandbox logs ${program.name}`, tail);
  }

  /** Until every agent and compute service has been heard of since it was started. */
  private async untilWorkersReport(admin: ApiClient): Promise<void> {
    const end = Date.now() + READY_SECONDS * 1000;
    for (;;) {
      this.options.signal?.throwIfAborted();
      const programs = await this.box.supervisor.list();
      const dead = programs.find((program) => !program.running);
      if (dead) throw this.failure(dead);
      const silent = await silentWorkers(admin, programs);
      if (silent.length === 0) return;
      if (Date.now() > end)
        throw new SandboxError(
          `Not ready after ${READY_SECONDS} s: ${silent.join(', ')}. See firesteel sandbox logs SERVICE.`,
        );
      await sleep(500);
    }
  }
}

interface Report {
  readonly binary: string;
  readonly host: string;
  readonly at: string | null;
}

async function silentWorkers(admin: ApiClient, programs: readonly ProgramState[]): Promise<string[]> {
  const reports = await workerReports(admin);
  const expected = programs.filter((program) => /nova-(conductor|scheduler|compute)$|-agent$/.test(program.name));
  return expected.filter((program) => !heardOf(program, reports)).map((program) => program.name);
}

async function workerReports(admin: ApiClient): Promise<Report[]> {
  const [{ agents }, { services }] = await Promise.all([
    admin.get<{ agents: { binary: string; host: string; heartbeat_timestamp: string }[] }>('network', '/agents'),
    admin.get<{ services: { binary: string; host: string; updated_at: string | null }[] }>('compute', '/os-services'),
  ]);
  return [
    ...agents.map((agent) => ({ ...agent, at: agent.heartbeat_timestamp })),
    ...services.map((service) => ({ ...service, at: service.updated_at })),
  ];
}

/** Both APIs give UTC without saying so, to the second. */
export function heardOf(program: Pick<ProgramState, 'name' | 'since'>, reports: readonly Report[]): boolean {
  const second = program.name.startsWith(`${SECOND_HOST_NAME}-`);
  const binary = second ? program.name.slice(SECOND_HOST_NAME.length + 1) : program.name;
  const host = second ? SECOND_HOST_NAME : HOST_NAME;
  const report = reports.find((one) => one.binary === binary && one.host === host);
  if (!report?.at) return false;
  return Date.parse(`${report.at.replace(' ', 'T').replace(/(\.\d+)?Z?$/, '')}Z`) / 1000 >= Math.floor(program.since);
}
