/**
 * What an operation is: one read-only fact of a machine, and the changes that it implies.
 * Idempotence, dry run, diff and image baking (an operation on the bare fact) follow from it.
 */
export interface Operation<F = unknown> {
  /** What sort of thing it states, e.g. `file`, `unit`. */
  readonly kind: string;
  /** The thing itself, unique on one machine within its kind, e.g. `/etc/hosts`. Never a secret. */
  readonly name: string;
  readonly fact: Fact<F>;
  /** What has to be done where `fact` is how the machine is now; empty when nothing differs. Pure. */
  changes(fact: F): readonly Change[];
  /** The same thing at rest: a service that does not run, and is not started at boot. @default - it can't rest */
  readonly atRest?: Operation<F>;
}

/** A question to a machine, asked together with all others of its host in one round trip. */
export interface Fact<F> {
  /** POSIX sh that only reads; runs as root in a subshell of its own; what it prints is the answer. */
  readonly script: string;
  /** @throws {Error} when the text is not what the script prints */
  parse(stdout: string): F;
  /** What it can be asked by together with others. @default - it is asked alone */
  readonly joint?: JointItem<JointFact>;
  /** The answer of a machine that has nothing yet: what an image is baked from. */
  readonly bare: F;
}

export interface Change {
  /** One line for people, e.g. `write /etc/hosts`. Never holds a secret. */
  readonly description: string;
  /** POSIX sh, run as root under `set -eu` on standard input of the shell, so a secret in it is in no argv. */
  readonly script: string;
  /** Before and after as a unified diff, where that says more; never of secret content. */
  readonly diff?: string;
  /** Service that is interrupted by it, e.g. `spark-worker.service`. @default - none */
  readonly restarts?: string;
  /** It installs from package mirrors, which a machine may not reach otherwise. @default false */
  readonly mirrors?: boolean;
  /** What it can be made by together with those right before and after it. @default - it is made alone */
  readonly joint?: JointItem<Joint>;
}

/**
 * Does at once, and with fewer programs started, what single scripts would do one after the other. Where it fails, each
 * is done alone, so that the one that fails is told by its name.
 */
// biome-ignore lint/suspicious/noExplicitAny: what an item is, is between the joint and who made it
export interface Joint<T = any> {
  /** POSIX sh under the same terms as a single script. */
  script(items: readonly T[]): string;
}

/** Facts that are asked at once. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export interface JointFact<T = any> extends Joint<T> {
  /**
   * What the single scripts would have printed.
   * @throws {Error} when the text is not what the script prints
   */
  answers(stdout: string, items: readonly T[]): readonly string[];
}

/** One of those that are done at once: all with the same `by`. */
export interface JointItem<J extends Joint> {
  readonly by: J;
  readonly item: Parameters<J['script']>[0][number];
}
