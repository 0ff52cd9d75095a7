import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { z } from 'zod';
import { StalePlanError } from './errors';

/** What a plan leads to: what the environment's file says, or nothing. */
export type PlanGoal = 'update' | 'destroy';

const attributeChange = z.object({ attribute: z.string(), before: z.string(), after: z.string() });

const plannedChange = z.object({
  address: z.string(),
  type: z.string(),
  name: z.string(),
  action: z.enum(['create', 'update', 'delete', 'replace', 'read']),
  reason: z.string().optional(),
  id: z.string().optional(),
  attributes: z.array(z.string()).readonly(),
  details: z.array(attributeChange).readonly(),
  digest: z.string(),
});

const nodeReview = z.object({
  name: z.string(),
  basis: z.enum(['facts', 'assumed bare', 'off']),
  changes: z
    .array(
      z.object({
        operation: z.string(),
        description: z.string(),
        diff: z.string().optional(),
        restarts: z.string().optional(),
      }),
    )
    .readonly(),
  facts: z.record(z.string(), z.string()),
});

const savedPlanSchema = z.object({
  version: z.literal(1),
  environment: z.string(),
  goal: z.enum(['update', 'destroy']),
  /** ISO 8601. */
  created: z.string(),
  /** `user@host` */
  by: z.string(),
  /** SHA-256 of Terraform's own plan file. */
  file: z.string(),
  /** Of the state that it was made from; absent where nothing was deployed. */
  state: z.object({ lineage: z.string(), serial: z.number() }).optional(),
  /** SHA-256 of what it was made from. */
  digests: z.object({
    stack: z.string(),
    /** By path, e.g. `groups.worker.flavor`. */
    plan: z.record(z.string(), z.string()),
    roles: z.record(z.string(), z.string()),
  }),
  /** Terraform has nothing to do, not even an output. */
  empty: z.boolean(),
  changes: z.array(plannedChange).readonly(),
  /** What others had changed in the cloud since the state was written. */
  drift: z.array(plannedChange).readonly(),
  /** What others did by hand to what is ours where Terraform doesn't look; no plan touches it. */
  strangers: z.array(z.string()).readonly().default([]),
  nodes: z.array(nodeReview).readonly(),
  /** Nodes that are emptied before they go. */
  leaving: z.array(z.string()).readonly(),
  /** What would be lost with it, one line each. */
  losses: z.array(z.string()).readonly(),
  /** An earlier run was cut off; what it left that no state knows is deleted too. */
  interrupted: z.boolean(),
  /** When it was begun to be carried out, ISO 8601: it may have been cut off since. */
  begun: z.string().optional(),
});

/** A review that was saved, with all that has to be still so when it is carried out. Holds no secret. */
export type SavedPlan = z.infer<typeof savedPlanSchema>;

/** The reviewed plans of one environment: Terraform's file, and beside it a record, which is written last. */
export class SavedPlans {
  readonly #dir: string;

  /** @param memoryDir e.g. `.firesteel` */
  constructor(
    private readonly memoryDir: string,
    private readonly environment: string,
  ) {
    this.#dir = join(memoryDir, 'plans', environment);
  }

  /** Path for Terraform's own plan file; its folder is there, for its owner only, and never committed. */
  file(goal: PlanGoal): string {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const ignored = join(this.memoryDir, '.gitignore');
    if (!existsSync(ignored)) writeFileAtomic(ignored, '*\n');
    return join(this.#dir, `${goal}.tfplan`);
  }

  write(plan: Omit<SavedPlan, 'version' | 'file'>): SavedPlan {
    const saved: SavedPlan = { ...plan, version: 1, file: sha256(this.file(plan.goal)) };
    writeFileAtomic(this.#record(plan.goal), `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 });
    return saved;
  }

  /** From now on a cut-off is a reason to go on, not to refuse. */
  begin(plan: SavedPlan): void {
    if (plan.begun === undefined) this.write({ ...plan, begun: new Date().toISOString() });
  }

  /**
   * The plan as it was reviewed; undefined where there is none.
   * @throws {StalePlanError} when it is half-written, damaged, or another environment's
   */
  read(goal: PlanGoal): SavedPlan | undefined {
    const record = this.#record(goal);
    if (!existsSync(record)) {
      if (existsSync(this.file(goal))) throw this.#unfit('is only half written', goal);
      return undefined;
    }
    const parsed = savedPlanSchema.safeParse(tryJson(readFileSync(record, 'utf8')));
    if (!parsed.success) throw this.#unfit('is damaged', goal);
    const plan = parsed.data;
    if (plan.environment !== this.environment) throw this.#unfit(`is one of ${plan.environment}`, goal);
    if (plan.goal !== goal) throw this.#unfit(`is one to ${plan.goal}`, goal);
    if (!existsSync(this.file(goal)) || sha256(this.file(goal)) !== plan.file)
      throw this.#unfit("is not whole: Terraform's own plan beside it is another one", goal);
    return plan;
  }

  remove(goal: PlanGoal): void {
    // The record first: Terraform's file without one is no plan.
    rmSync(this.#record(goal), { force: true });
    rmSync(join(this.#dir, `${goal}.tfplan`), { force: true });
  }

  /** @returns whether there was any */
  removeAll(): boolean {
    const any = existsSync(this.#dir);
    rmSync(this.#dir, { recursive: true, force: true });
    return any;
  }

  #record(goal: PlanGoal): string {
    return join(this.#dir, `${goal}.json`);
  }

  #unfit(why: string, goal: PlanGoal): StalePlanError {
    return new StalePlanError(this.environment, goal, [`the saved plan ${why} (${this.#record(goal)})`]);
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
