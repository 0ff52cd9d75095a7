import { archive, archiveMarker } from '../../operations/archive';
import { directory } from '../../operations/directory';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { pythonPackages } from '../../operations/python-packages';
import { symlink } from '../../operations/symlink';
import { user } from '../../operations/user';
import { ARTIFACT_DIR, type Artifact, type InstallContext } from '../role';
import type { Settings, SparkSettings } from '../settings';
import { SPARK_DATA_DIR, SPARK_DATA_DIRS, SPARK_HOME, SPARK_USER } from './paths';

/** The one large file of every Spark role. */
export function sparkArtifacts({ spark }: Settings): readonly Artifact[] {
  const { source, version } = spark;
  return [
    {
      fileName: fileName(spark),
      source:
        source.kind === 'pypi'
          ? { kind: 'pyspark', version, sha256: source.sha256 }
          : { kind: 'url', url: source.url, sha512: source.sha512 },
      installedMarker: archiveMarker(versionDir(spark), digestOf(spark)),
    },
  ];
}

/** Java, Python, Spark, and the user that it runs as. */
export function installSpark({ settings }: InstallContext): readonly Operation[] {
  const { spark, python } = settings;
  return [
    // Debian 13 has no 17 any more; Spark 3.5 and 4 run on either.
    packages({
      apt: ['openjdk-17-jre-headless | openjdk-21-jre-headless', 'python3', 'procps'],
      dnf: ['java-17-openjdk-headless | java-21-openjdk-headless', 'python3', 'procps-ng'],
    }),
    user({ name: SPARK_USER, home: SPARK_DATA_DIR }),
    ...SPARK_DATA_DIRS.map(dataDir),
    ...(python.packages.length === 0 ? [] : installPython(python.packages)),
    archive({
      file: `${ARTIFACT_DIR}/${fileName(spark)}`,
      directory: versionDir(spark),
      digest: digestOf(spark),
    }),
    symlink({ path: SPARK_HOME, target: versionDir(spark) }),
  ];
}

/** Tells one build of Spark from another; a service that runs another one has to be restarted. */
export function digestOf({ source }: SparkSettings): string {
  return source.kind === 'pypi' ? source.sha256 : source.sha512;
}

/** RPMs of Python have `venv` in them. */
function installPython(requirements: readonly string[]): readonly Operation[] {
  return [packages({ apt: ['python3-venv'], dnf: ['python3'] }), pythonPackages({ packages: requirements })];
}

function dataDir(path: string): Operation {
  return directory({ path, owner: SPARK_USER, group: SPARK_USER, mode: 0o750 });
}

function versionDir({ version }: SparkSettings): string {
  return `${SPARK_HOME}-${version}`;
}

function fileName({ version }: SparkSettings): string {
  return `spark-${version}.tar.gz`;
}
