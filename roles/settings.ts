/** What the plan says about the software, in the form that roles read it. */
export interface Settings {
  readonly spark: SparkSettings;
  readonly python: { readonly packages: readonly string[] };
  readonly apt: { readonly packages: readonly string[] };
  readonly egress: Egress;
  readonly ssh: {
    /** Login of the image, e.g. `debian`. */
    readonly user: string;
    /** Whole public-key lines of colleagues. */
    readonly authorizedKeys: readonly string[];
  };
  /** What the plan says of single roles, by their names; see `roleSettings`. */
  readonly roles: Readonly<Record<string, unknown>>;
}

/**
 * How nodes come to packages: `open` = they reach mirrors (TCP 80 and 443 anywhere) always; `configure` = only while
 * something is being installed; `none` = never: packages come through the SSH connection that installs them.
 */
export const EGRESS = ['configure', 'none', 'open'] as const;

export type Egress = (typeof EGRESS)[number];

export interface SparkSettings {
  readonly version: string;
  readonly source: SparkSource;
  /** Lines of spark-defaults.conf of the user's own; they win over ours but for the security ones. */
  readonly conf: Readonly<Record<string, string>>;
  /** Maven coordinates `group:artifact:version`. */
  readonly packages: readonly string[];
}

export type SparkSource =
  | { readonly kind: 'pypi'; readonly sha256: string }
  | { readonly kind: 'tarball'; readonly url: string; readonly sha512: string };
