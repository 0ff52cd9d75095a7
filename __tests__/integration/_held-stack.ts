import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TerraformStack, Testing } from 'cdktf';
import { addStateBackend } from '../../constructs/state-backend';
import { Terraform } from '../../lifecycle/terraform';
import type { StateBackend } from '../../plan/state-backend';

/** A stack `dev` that needs no cloud: what it makes takes until it is let go. Several operators have one each. */
export class HeldStack {
  readonly dir = mkdtempSync(join(tmpdir(), 'firesteel-held-'));
  #terraform: Terraform;

  /** @param env what the backend reads its secrets from */
  constructor(
    state: StateBackend,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    mkdirSync(join(this.dir, 'stack'));
    this.#terraform = this.#withState(state);
  }

  get terraform(): Terraform {
    return this.#terraform;
  }

  /** The plan names another backend from now on. */
  keepIn(state: StateBackend): void {
    this.#terraform = this.#withState(state);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Lets what is being made be ready. */
  letGo(): void {
    writeFileSync(join(this.dir, 'go'), '');
  }

  #withState(state: StateBackend): Terraform {
    const config = this.#synthesize(state);
    const dir = join(this.dir, 'stack');
    writeFileSync(join(dir, 'cdk.tf.json'), JSON.stringify(config));
    const options = { env: { ...process.env, ...this.env }, projectDir: this.dir };
    return new Terraform({ name: 'dev', dir, dependencies: [], config }, options);
  }

  #synthesize(state: StateBackend) {
    const stack = new TerraformStack(Testing.app(), 'dev');
    addStateBackend(stack, state);
    const { terraform } = JSON.parse(Testing.synth(stack)) as { terraform: { backend: Record<string, object> } };
    const wait = `while [ ! -e '${this.dir}/go' ]; do sleep 0.1; done`;
    const thing = { provisioner: [{ 'local-exec': { command: wait } }] };
    return { terraform: { backend: terraform.backend as never }, resource: { terraform_data: { thing } } };
  }
}

/** While the first operator works on a state, the second is told by whom; then it sees what the first has made. */
export async function showLock(
  first: HeldStack,
  second: HeldStack,
  isLocked: () => boolean | Promise<boolean>,
): Promise<void> {
  const plan = await first.terraform.plan();
  const applying = first.terraform.apply(plan);
  try {
    while (!(await isLocked())) await sleep(50);
    await expect(second.terraform.plan()).rejects.toThrow(
      /^the state of dev is in use by another run \(\S+@\S+, terraform apply, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\): wait/,
    );
  } finally {
    first.letGo();
    await applying;
  }
  expect((await second.terraform.state()).resources.map(({ type }) => type)).toEqual(['terraform_data']);
}
