import { createHash } from 'node:crypto';
import { archive, archiveMarker } from '../../operations/archive';
import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { type Shell, sh } from '../../operations/shell';
import { symlink } from '../../operations/symlink';
import { user } from '../../operations/user';
import { ARTIFACT_DIR, type Artifact } from '../role';
import { KAFKA_HOME_DIR, KAFKA_LOG_CONF } from './_conf';
import { KAFKA_CONF_DIR } from './_login';
import { KAFKA_JARS, KAFKA_VERSION } from './jars';

/** A link to the version in use. */
const KAFKA_DIR = '/opt/kafka';
const VERSION_DIR = `${KAFKA_DIR}-${KAFKA_VERSION}`;
const FILE_NAME = `kafka-${KAFKA_VERSION}.tar`;

export const KAFKA_USER = 'kafka';
export const KAFKA_UNIT = 'kafka.service';
export const KAFKA_LOG_CONF_FILE = `${KAFKA_CONF_DIR}/log4j2.properties`;
export const KAFKA_CLASS_PATH = `${KAFKA_DIR}/jars/*`;

/** Tells this set of jars from any other. */
export const KAFKA_DIGEST = createHash('sha256').update(JSON.stringify(KAFKA_JARS)).digest('hex');

/** The jars of broker, controller and tools. */
export const KAFKA_ARTIFACT: Artifact = {
  fileName: FILE_NAME,
  source: { kind: 'maven', jars: KAFKA_JARS },
  installedMarker: archiveMarker(VERSION_DIR, KAFKA_DIGEST),
};

/** Java, Kafka, and the user that it runs as. */
export function installKafka(): readonly Operation[] {
  return [
    packages({
      // Debian 13 has no 17 any more; Kafka 4 runs on either.
      apt: ['openjdk-17-jre-headless | openjdk-21-jre-headless', 'python3'],
      dnf: ['java-17-openjdk-headless | java-21-openjdk-headless', 'python3'],
    }),
    user({ name: KAFKA_USER, home: KAFKA_HOME_DIR }),
    archive({ file: `${ARTIFACT_DIR}/${FILE_NAME}`, directory: VERSION_DIR, digest: KAFKA_DIGEST }),
    symlink({ path: KAFKA_DIR, target: VERSION_DIR }),
    directory({ path: KAFKA_CONF_DIR }),
    file({ path: KAFKA_LOG_CONF_FILE, content: KAFKA_LOG_CONF }),
  ];
}

/** One of Kafka's own tools, by the full name of its class; its arguments are seen by everybody, so never a secret. */
export function kafkaTool(mainClass: string, args: readonly string[]): Shell {
  const options = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss512k'];
  return sh`java ${options} ${`-Dlog4j2.configurationFile=${KAFKA_LOG_CONF_FILE}`} -cp ${KAFKA_CLASS_PATH} ${mainClass} ${args}`;
}
