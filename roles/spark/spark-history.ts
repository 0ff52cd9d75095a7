import { pythonProbe, unitActive } from '../_probes';
import type { Probe, Role } from '../role';
import { historyConf, sparkConfDir, sparkConfFile } from './_conf-files';
import { installSpark, sparkArtifacts } from './_install';
import { SPARK_MIN_MEMORY_MIB } from './_sizes';
import { sparkUnit } from './_unit';
import { SPARK_HISTORY_CONF } from './paths';
import { SPARK_PORTS } from './ports';

const NAME = 'spark-history';

/** Shows the applications that have run with a driver on the same node. */
export const sparkHistory: Role = {
  name: NAME,
  summary: 'Spark history server; shows what has run',
  minMemoryMiB: SPARK_MIN_MEMORY_MIB,
  exposes: [],
  // It needs none, but who waits for the master had better not wait for two JVMs that start on one small node.
  after: ['spark-master'],
  pages: [{ name: 'history', port: SPARK_PORTS.history }],
  artifacts: sparkArtifacts,
  install: installSpark,
  configure: (context) => [...sparkConfDir(context), sparkConfFile(SPARK_HISTORY_CONF, historyConf(context))],
  start: (context) => [
    sparkUnit(context, {
      role: NAME,
      mainClass: 'org.apache.spark.deploy.history.HistoryServer',
      args: ['--properties-file', SPARK_HISTORY_CONF],
      conf: { path: SPARK_HISTORY_CONF, content: historyConf(context) },
    }),
  ],
  health: ({ node, settings }) => [
    unitActive(`${NAME}.service`),
    answers(`http://${node.address}:${SPARK_PORTS.history}/api/v1`, settings.spark.version),
  ],
};

function answers(url: string, version: string): Probe {
  const code = `
url, version = argv
if not isinstance(get_json(url + '/applications?limit=1'), list):
    fail('it does not list applications')
running = get_json(url + '/version').get('spark')
if running != version:
    fail(f'it runs Spark {running}, not {version}')
`;
  return pythonProbe('answers', code, [url, version], `${NAME}.service`);
}
