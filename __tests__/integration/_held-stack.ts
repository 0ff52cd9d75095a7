import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
