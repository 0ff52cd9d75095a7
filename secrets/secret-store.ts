import type { Secret } from '../operations/secret';

/** Keeps what must not stand in a plan, a state or a log. */
export interface SecretStore {
  get(environment: string, name: string): Promise<Secret | undefined>;
  set(environment: string, name: string, value: Secret): Promise<void>;
  /** Forgets all of an environment's secrets. */
  removeAll(environment: string): Promise<void>;
}
