import type { Egress, Settings, SparkSource } from '../roles/settings';
import { sparkConfConflicts } from '../roles/spark/conf';
import { DEFAULT_SPARK_VERSION, SPARK_VERSIONS } from '../roles/spark/versions';
import { seconds } from './_fields';
import { didYouMean } from './_suggest';
import type { BaseSpec, SparkSoftwareSpec, TimeoutsSpec } from './base-spec';
import type { Timeouts } from './cluster-plan';
import type { PlanIssue } from './plan-error';

/**
 * What a cluster of any kind says of its software, in the form that roles read it.
 * @param roles what it says of single roles, by their names
 * @param issues takes what is wrong with it; the settings are then good for nothing else
 */
export function settingsOf(spec: BaseSpec, roles: Settings['roles'], issues: PlanIssue[]): Settings {
  const spark = spec.spark ?? {};
  issues.push(...confIssues(spark));
  return {
    spark: { ...sparkSource(spark, issues), conf: textConf(spark), packages: spark.packages ?? [] },
    python: { packages: spec.python?.packages ?? [] },
    apt: { packages: spec.apt?.packages ?? [] },
    egress: egressOf(spec, issues),
    ssh: { user: '', authorizedKeys: [] },
    roles,
  };
}

/** What jobs fetch when they are submitted comes from mirrors long after `configure` has ended. */
function egressOf({ egress, spark: { packages = [] } = {} }: BaseSpec, issues: PlanIssue[]): Egress {
  if (packages.length === 0) return egress ?? 'configure';
  if (egress === undefined || egress === 'open') return 'open';
  const message = `are fetched from Maven Central whenever a job is submitted, which nodes don't reach with "egress: ${egress}": say "egress: open", or give jobs their jars with \`firesteel submit --jars\``;
  issues.push({ path: 'spark.packages', message });
  return egress;
}

export function textConf({ conf = {} }: SparkSoftwareSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(conf).map(([key, value]) => [key, String(value)]));
}

const DEFAULT_TIMEOUTS = { server: '10m', ssh: '5m', cloudInit: '10m', health: '3m' } as const;

export function timeoutsOf({ timeouts = {} }: BaseSpec): Timeouts {
  const of = (name: keyof TimeoutsSpec) => seconds(timeouts[name] ?? DEFAULT_TIMEOUTS[name]);
  return {
    serverSeconds: of('server'),
    sshSeconds: of('ssh'),
    cloudInitSeconds: of('cloudInit'),
    healthSeconds: of('health'),
  };
}

function sparkSource(spec: SparkSoftwareSpec, issues: PlanIssue[]): { version: string; source: SparkSource } {
  const version = spec.version ?? DEFAULT_SPARK_VERSION;
  if (spec.source && 'url' in spec.source) return { version, source: { kind: 'tarball', ...spec.source } };
  const sha256 = spec.source?.sha256 ?? SPARK_VERSIONS[version]?.sha256;
  if (sha256 === undefined) {
    const known = Object.keys(SPARK_VERSIONS);
    const message = `no checksum is known for Spark ${version}${didYouMean(version, known)}: take one of ${known.join(', ')}, or give spark.source with the sha256 of its source distribution on PyPI, or with the url and sha512 of a tarball`;
    issues.push({ path: 'spark.version', message });
  }
  return { version, source: { kind: 'pypi', sha256: sha256 ?? '' } };
}

function confIssues({ conf = {} }: SparkSoftwareSpec): PlanIssue[] {
  return sparkConfConflicts(Object.keys(conf)).map(({ key, reason }) => ({
    path: `spark.conf.${key}`,
    message: reason,
  }));
}
