import type { SecretText } from './secret-text';

/** A domain by id or by name; the id wins where both are given. */
export interface DomainReference {
  readonly id?: string;
  readonly name?: string;
}

export interface PasswordAuth {
  readonly kind: 'password';
  /** `id`, or `name` in `domain`. */
  readonly user: { readonly id?: string; readonly name?: string; readonly domain: DomainReference };
  readonly password: SecretText;
}

export interface ApplicationCredentialAuth {
  readonly kind: 'applicationCredential';
  /** `id`, or `name` of `user`. */
  readonly id?: string;
  readonly name?: string;
  readonly user?: { readonly id?: string; readonly name?: string; readonly domain: DomainReference };
  readonly secret: SecretText;
}

export interface TokenAuth {
  readonly kind: 'token';
  readonly token: SecretText;
}

/** All that is needed to speak to one project of one cloud. */
export interface CloudCredentials {
  /** Where they come from, for messages: `cloud "dev" in /home/me/clouds.yaml`, `OS_* variables`, `openrc FILE`. */
  readonly source: string;
  /** Name in clouds.yaml; absent for variables and openrc files. */
  readonly cloud?: string;
  /** Keystone's address, always ending in `/v3`. */
  readonly authUrl: string;
  readonly auth: PasswordAuth | ApplicationCredentialAuth | TokenAuth;
  /** Absent for application credentials (they carry it) and where the token is scoped already. */
  readonly project?: { readonly id?: string; readonly name?: string; readonly domain: DomainReference };
  /** Absent = the only region of the catalog. */
  readonly region?: string;
  /** Which endpoints of the catalog to use. */
  readonly interface: 'public' | 'internal' | 'admin';
  /** CA bundle (absolute path) to trust instead of the system's. */
  readonly caFile?: string;
  /** Client certificate and its key (absolute paths). */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** false = certificates are not checked. */
  readonly verify: boolean;
  /** For people, e.g. that a file with a password is readable by everybody. */
  readonly warnings: readonly string[];
}
