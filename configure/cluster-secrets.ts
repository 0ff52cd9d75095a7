import { randomBytes } from 'node:crypto';
import { Secret } from '../operations/secret';
import type { SecretSpec } from '../roles/role';
import type { SecretStore } from '../secrets/secret-store';
import { declaredSecrets, type Member } from './context';
import { CommandError } from './errors';
import type { Transport } from './transport';

export interface ClusterSecretsOptions {
  readonly environment: string;
  readonly members: readonly Member[];
  readonly store: SecretStore;
  /** The connection to a node; rejects where there is none. */
  readonly connect: (member: Member) => Promise<Transport>;
  /** Makes up what is missing without storing it. @default false */
  readonly dryRun?: boolean;
  readonly onRecovered?: (name: string, node: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The secrets that the roles of a cluster declare: from the store, else read back from a node that has it, else made.
 * Stored before anybody uses it.
 * @returns by name
 */
export async function clusterSecrets(options: ClusterSecretsOptions): Promise<ReadonlyMap<string, Secret>> {
  const specs = declaredSecrets(options.members);
  const values = await Promise.all(specs.map((spec) => secretOf(spec, options)));
  return new Map(specs.map(({ name }, index) => [name, values[index]!]));
}

/** The secrets where the store has them all; undefined where a node has to be asked first. */
export async function tryStoredSecrets(
  options: Pick<ClusterSecretsOptions, 'environment' | 'members' | 'store'>,
): Promise<ReadonlyMap<string, Secret> | undefined> {
  const found = new Map<string, Secret>();
  for (const { name } of declaredSecrets(options.members)) {
    const value = await options.store.get(options.environment, name);
    if (!value) return undefined;
    found.set(name, value);
  }
  return found;
}

async function secretOf(spec: SecretSpec, options: ClusterSecretsOptions): Promise<Secret> {
  const { environment, store, dryRun } = options;
  const stored = await store.get(environment, spec.name);
  if (stored) return stored;
  const value = (await recover(spec, options)) ?? new Secret(randomBytes(spec.bytes).toString('hex'));
  if (!dryRun) await store.set(environment, spec.name, value);
  return value;
}

/**
 * The first answer counts. Where none has it and one says so, the cluster is new, and a node that never got up keeps no
 * other from being finished.
 * @throws {Error} when nobody can be asked: a new secret would shut all of them out
 */
async function recover(spec: SecretSpec, options: ClusterSecretsOptions): Promise<Secret | undefined> {
  const holders = options.members.filter(
    ({ roles, rest }) => rest !== 'off' && roles.some((role) => role.secrets?.some(({ name }) => name === spec.name)),
  );
  const ask = async (member: Member): Promise<Secret> => {
    const transport = await options.connect(member);
    const action = `look for the secret ${spec.name}`;
    const text = (await transport.read(spec.recover, { action, withinSeconds: 60, signal: options.signal })).trim();
    if (!text) throw new HasNone();
    options.onRecovered?.(spec.name, transport.node);
    return new Secret(text);
  };
  try {
    return holders.length > 0 ? await Promise.any(holders.map(ask)) : undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    const reasons = (error as AggregateError).errors as Error[];
    if (reasons.some(hasNone)) return undefined;
    throw new Error(
      `the secret ${spec.name} of ${options.environment} is not stored here, and no node that may have it can be asked: ` +
        `${reasons.map(({ message }) => message).join('; ')}`,
    );
  }
}

class HasNone extends Error {}

/** A node's answer, unlike no answer. */
function hasNone(reason: Error): boolean {
  return reason instanceof HasNone || (reason instanceof CommandError && reason.exitCode !== null);
}
