import type { ProgressListener } from '../plan/progress';
import type { ResourceStep, TerraformMessage } from './_terraform-messages';
import type { PlannedChange } from './planned-changes';
import { noun } from './resource-nouns';

const DONE: Readonly<Record<string, string>> = { create: 'created', update: 'changed', delete: 'deleted' };
const DOING: Readonly<Record<string, string>> = {
  create: 'being created',
  update: 'being changed',
  delete: 'being deleted',
};

/** Turns Terraform's steps into progress: how many resources of how many, by the names they have in the cloud. */
export class ApplyProgress {
  readonly #names: ReadonlyMap<string, string>;
  readonly #total: number;
  #done = 0;

  constructor(
    private readonly subject: string,
    changes: readonly PlannedChange[],
    private readonly onProgress: ProgressListener | undefined,
  ) {
    this.#names = new Map(changes.map(({ address, name }) => [address, name]));
    // A replacement is two steps: one deletes, one creates.
    this.#total = changes.reduce((sum, { action }) => sum + (action === 'replace' ? 2 : 1), 0);
  }

  tell(message: TerraformMessage): void {
    if (message.kind !== 'step') return;
    const text = this.#text(message.step);
    if (text === undefined) return;
    this.onProgress?.({ subject: this.subject, phase: 'apply', state: 'update', text });
  }

  #text(step: ResourceStep): string | undefined {
    const known = this.#names.get(step.address);
    const what = `${noun(step.type)} ${known === undefined || known === step.address ? step.name : known}`;
    if (step.state === 'complete') {
      this.#done += 1;
      return `${this.#done}/${this.#total} ${what} ${DONE[step.action] ?? step.action} (${step.elapsedSeconds} s)`;
    }
    if (step.state === 'progress')
      return `${this.#done}/${this.#total} ${what} ${DOING[step.action] ?? step.action} (${step.elapsedSeconds} s)`;
    return undefined;
  }
}
