import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { census, clusterHoldings, commonHoldings } from './_census';
import { damagedFiles } from './_damage';
import type { Findings } from './_findings';
import { commonYaml, Project, sparkYaml } from './_project';
import type { Random } from './_random';
import type { Ended } from './_run';
import { cutPower } from './_sudden-end';

const NAME = 'kill';
const COMMON = 'killcommon';
const LONGEST_WAIT_SECONDS = 600;
const MOST_FAILURES = 3;

export type Verb = 'up' | 'scale workers=2' | 'update' | 'scale workers=1' | 'down' | 'down common';

/** In the order in which a cluster lives. */
export const VERBS: readonly Verb[] = ['up', 'scale workers=2', 'update', 'scale workers=1', 'down', 'down common'];

interface Deed {
  readonly args: readonly string[];
  /** What a user does before. */
  readonly before?: () => Promise<void>;
  /** What the cloud has afterwards. */
  readonly holds: () => readonly string[];
  /** The cluster is there afterwards. */
  readonly isUp: boolean;
}

export interface StormOptions {
  /** How many kills in all. */
  readonly kills: number;
  readonly random: Random;
  readonly findings: Findings;
  /** How many the cluster has at first. @default 1 */
  readonly workers?: number;
}

/**
 * Kills of firesteel at random moments of what it does to a small cluster, with Terraform or without. After each the files
 * are looked at and the same command is given again until it succeeds, as a user would; after each verb the cloud has
 * exactly what it should, and nothing is left to do.
 */
export class KillStorm {
  /** How many there were of each verb. */
  readonly kills = new Map<Verb, number>(VERBS.map((verb) => [verb, 0]));
  /** Runs after a kill, those that only found the state in use included. */
  reruns = 0;
  /** Of a run that nobody kills; learnt as runs come to their end. */
  readonly #seconds = new Map<Verb, number>([
    ['up', 40],
    ['scale workers=2', 30],
    ['update', 20],
    ['scale workers=1', 20],
    ['down', 15],
    ['down common', 10],
  ]);

  /** A project of its own; nothing is deployed yet. */
  static async create(options: StormOptions): Promise<KillStorm> {
    const { seed } = options.random;
    console.log(`${options.kills} kills, seed ${seed}; FIRESTEEL_TEST_SEED=${seed} repeats their moments`);
    const environments = { [COMMON]: commonYaml({ cidr: '10.98.0.0/24' }) };
    return new KillStorm(await Project.create({ environments }), options);
  }

  private constructor(
    private readonly project: Project,
    private readonly options: StormOptions,
  ) {}

  get #workers(): number {
    return this.options.workers ?? 1;
  }

  get killed(): number {
    return [...this.kills.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Is there still somebody to be killed? */
  get rages(): boolean {
    return this.killed < this.options.kills;
  }

  /** Does it to its end, after so many kills on the way; fewer where the run was faster than its kill. */
  async carryOut(verb: Verb, kills: number): Promise<void> {
    const deed = this.#deeds[verb];
    await deed.before?.();
    for (let left = kills; left > 0 && this.rages; left--) {
      if (!(await this.#kill(verb, deed))) return this.#check(verb, deed);
    }
    const seconds = await this.#untilDone(verb, deed.args, kills > 0);
    // A run that goes on from where another one was killed takes no longer than a whole one.
    this.#seconds.set(verb, Math.max(seconds, this.#seconds.get(verb)!));
    await this.#check(verb, deed);
  }

  remove(): void {
    this.project.remove();
  }

  /** @returns false where the run has come to its end before the kill */
  async #kill(verb: Verb, { args }: Deed): Promise<boolean> {
    const { random, kills, findings } = this.options;
    const share = random.share();
    const withTerraform = random.coin();
    for (const end = Date.now() + LONGEST_WAIT_SECONDS * 1000; ; ) {
      const seconds = share * this.#seconds.get(verb)!;
      const began = Date.now();
      const running = this.project.start(...args);
      const cancel = new AbortController();
      await Promise.race([
        running.ended,
        sleep(seconds * 1000, undefined, { signal: cancel.signal }).then(
          () => (withTerraform ? cutPower(running.pid) : running.kill('SIGKILL')),
          () => undefined,
        ),
      ]);
      cancel.abort();
      const early = await running.ended;
      if (early.signal === 'SIGKILL') {
        this.kills.set(verb, this.kills.get(verb)! + 1);
        const how = withTerraform ? 'with Terraform' : 'alone';
        console.log(`kill ${this.killed}/${kills}: ${verb} after ${seconds.toFixed(1)} s (${how})`);
        findings.add('damaged file', ...(await damagedFiles(this.project)));
        return true;
      }
      if (early.status === 0) {
        const took = (Date.now() - began) / 1000;
        console.log(`${verb} was done after ${took.toFixed(1)} s, before it could be killed`);
        this.#seconds.set(verb, took);
        return false;
      }
      this.reruns++;
      if (!isInUse(early) || Date.now() > end) {
        findings.add('failed run', `${verb}: ${tail(early)}`);
        return true;
      }
      await sleep(1000);
    }
  }

  /** Gives a command until it succeeds. @returns how long the last run took */
  async #untilDone(verb: Verb, args: readonly string[], isRerun: boolean): Promise<number> {
    const end = Date.now() + LONGEST_WAIT_SECONDS * 1000;
    let failures = 0;
    for (;;) {
      const began = Date.now();
      const ended = await this.project.firesteel(...args);
      const seconds = (Date.now() - began) / 1000;
      if (isRerun) this.reruns++;
      if (ended.status === 0 || (isRerun && wasDone(verb, ended))) return seconds;
      if (!isInUse(ended)) {
        this.options.findings.add('failed run', `${verb}: ${tail(ended)}`);
        failures++;
      }
      if (failures === MOST_FAILURES || Date.now() > end) throw new Error(`${verb} comes to no end:\n${tail(ended)}`);
      await sleep(1000);
    }
  }

  async #check(verb: Verb, { holds, isUp }: Deed): Promise<void> {
    const { findings } = this.options;
    const { orphans, twice, missing } = await census(holds());
    findings.add('orphan', ...orphans.map((what) => `${what} after ${verb}`));
    findings.add('made twice', ...twice.map((what) => `${what} after ${verb}`));
    findings.add('missing', ...missing.map((what) => `${what} after ${verb}`));
    if (!isUp) return;
    const checks = [
      ['plan', NAME, '--to', 'update', '--detailed-exitcode'],
      ['status', NAME],
    ];
    for (const args of checks) {
      const ended = await this.project.firesteel(...args);
      if (ended.status !== 0)
        findings.add('unfinished', `after ${verb}, ${args[0]} ended with ${ended.status}: ${tail(ended)}`);
    }
  }

  readonly #deeds: Readonly<Record<Verb, Deed>> = {
    up: {
      args: ['up', NAME],
      before: async () => this.project.write(NAME, sparkYaml({ common: COMMON, workers: this.#workers })),
      holds: () => this.#clusterOf(this.#workers),
      isUp: true,
    },
    'scale workers=2': {
      args: ['scale', NAME, 'workers=2'],
      holds: () => this.#clusterOf(2),
      isUp: true,
    },
    update: {
      args: ['update', NAME],
      before: () => this.#planUpdate(),
      holds: () => this.#clusterOf(2),
      isUp: true,
    },
    'scale workers=1': {
      args: ['scale', NAME, 'workers=1'],
      holds: () => this.#clusterOf(1),
      isUp: true,
    },
    down: {
      args: ['down', NAME],
      before: () => this.#planDestruction(NAME),
      holds: () => commonHoldings(COMMON),
      isUp: false,
    },
    'down common': {
      args: ['down', COMMON],
      before: () => this.#planDestruction(COMMON),
      holds: () => [],
      isUp: false,
    },
  };

  #clusterOf(workers: number): string[] {
    const { groups } = this.project.json<Register>('environments', `${NAME}.nodes.json`);
    const numbers = groups.worker!.nodes;
    if (numbers.length !== workers)
      this.options.findings.add('unfinished', `the register has workers ${numbers.join(', ')}, not ${workers}`);
    return [...commonHoldings(COMMON), ...clusterHoldings(NAME, numbers, this.#file.includes('floatingIp: true'))];
  }

  get #file(): string {
    return readFileSync(this.project.file('environments', `${NAME}.yaml`), 'utf8');
  }

  /** A change in the cloud and one on every node. */
  async #planUpdate(): Promise<void> {
    const changed = this.#file.replace(/^(workers: .*) }$/m, '$1, floatingIp: true }');
    this.project.write(NAME, `${changed}spark: { conf: { spark.worker.timeout: 90 } }\n`);
    await this.project.start('plan', NAME, '--to', 'update').succeeded();
  }

  async #planDestruction(environment: string): Promise<void> {
    await this.project.start('plan', environment, '--to', 'destroy').succeeded();
  }
}

interface Register {
  readonly groups: Readonly<Record<string, { readonly nodes: readonly number[] }>>;
}

/** The kill came after all was done: a plan is carried out once. */
function wasDone(verb: Verb, { status, stderr }: Ended): boolean {
  return verb === 'update' && status === 3 && /there is none/.test(stderr);
}

/** The Terraform of a run that was killed is still at it. */
function isInUse({ status, stderr }: Ended): boolean {
  return status === 1 && /in use by another run/.test(stderr);
}

function tail({ text }: Ended): string {
  return text.trim().split('\n').slice(-15).join('\n');
}
