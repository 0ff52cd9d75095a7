import { Secret } from '../../operations';
import { properties } from '../../roles/_properties';
import { applicationConf, daemonConf, historyConf, sparkEnv } from '../../roles/spark/_conf-files';
import { SECURITY_CONF, sparkConfConflicts, sparkMastersConflict } from '../../roles/spark/conf';
import { localShell } from '../operations/_apply';
import { CLUSTER, context, nodeInfo, parsed, SECRET } from './_context';

const withConf = (conf: Record<string, string>, name = 'master-0') => context(name, CLUSTER, { spark: { conf } });

describe('every cluster is safe', () => {
  test.each([
    ['daemons', daemonConf],
    ['applications', applicationConf],
  ])('of %s: authentication, encryption, no REST server', (_whom, conf) => {
    expect(parsed(conf(context()))).toMatchObject({ ...SECURITY_CONF, 'spark.authenticate.secret': SECRET });
    expect(SECURITY_CONF).toEqual({
      'spark.authenticate': 'true',
      'spark.network.crypto.enabled': 'true',
      'spark.network.crypto.saslFallback': 'false',
      'spark.network.crypto.cipher': 'AES/GCM/NoPadding',
      'spark.io.encryption.enabled': 'true',
      'spark.master.rest.enabled': 'false',
    });
  });

  test("a user's conf never wins over that", () => {
    const conf = Object.fromEntries(Object.keys(SECURITY_CONF).map((key) => [key, 'off']));
    expect(parsed(applicationConf(withConf(conf)))).toMatchObject(SECURITY_CONF);
    expect(parsed(daemonConf(withConf(conf)))).toMatchObject(SECURITY_CONF);
  });

  test('the history server gets no secret of the cluster', () => {
    expect(historyConf(context()).reveal()).not.toContain(SECRET);
  });
});

test('ports are pinned where the roles expose them', () => {
  expect(parsed(applicationConf(context()))).toMatchObject({
    'spark.driver.port': '7079',
    'spark.driver.blockManager.port': '7095',
    'spark.blockManager.port': '7111',
    'spark.port.maxRetries': '15',
  });
});

test('applications find the master, and are found by their address', () => {
  expect(parsed(applicationConf(context('worker-1')))).toMatchObject({
    'spark.master': 'spark://10.0.0.11:7077',
    'spark.driver.host': '10.0.0.21',
    'spark.driver.bindAddress': '10.0.0.21',
  });
});

test('one executor fills each worker of 1 GiB', () => {
  expect(parsed(applicationConf(context()))).toMatchObject({
    'spark.executor.memory': '512m',
    'spark.driver.memory': '512m',
  });
});

test("an application gets all cores there are, and a lower limit is the user's to set", () => {
  expect(parsed(applicationConf(context()))).not.toHaveProperty('spark.cores.max');
  expect(parsed(applicationConf(withConf({ 'spark.cores.max': '1' })))['spark.cores.max']).toBe('1');
});

test("a user's conf wins where it is not about safety", () => {
  const conf = {
    'spark.executor.memory': '600m',
    'spark.deploy.recoveryMode': 'NONE',
    'spark.sql.shuffle.partitions': '8',
  };
  expect(parsed(applicationConf(withConf(conf)))).toMatchObject(conf);
  expect(parsed(daemonConf(withConf(conf)))['spark.deploy.recoveryMode']).toBe('NONE');
});

test('what only applications read restarts no daemon, nor does another number of workers', () => {
  const before = daemonConf(context()).reveal();
  expect(daemonConf(withConf({ 'spark.executor.memory': '600m', 'spark.sql.x': '1' })).reveal()).toBe(before);
  expect(daemonConf(context('master-0', CLUSTER.slice(0, 2))).reveal()).toBe(before);
  expect(daemonConf(withConf({ 'spark.worker.cleanup.enabled': 'false' })).reveal()).not.toBe(before);
});

test('each version has its own way to survive a restart of the master', () => {
  const of = (version: string) => parsed(daemonConf(context('master-0', CLUSTER, { spark: { version } })));
  expect(of('4.2.1')['spark.deploy.recoveryMode']).toBe('ROCKSDB');
  expect(of('3.5.9')['spark.deploy.recoveryMode']).toBe('FILESYSTEM');
  expect(of('3.5.9')['spark.deploy.recoveryDirectory']).not.toBe(of('4.2.1')['spark.deploy.recoveryDirectory']);
});

test('Maven packages reach every application', () => {
  const packages = ['org.apache.spark:spark-avro_2.13:4.2.1', 'a:b:1'];
  expect(parsed(applicationConf(context('master-0', CLUSTER, { spark: { packages } })))['spark.jars.packages']).toBe(
    'org.apache.spark:spark-avro_2.13:4.2.1,a:b:1',
  );
});

test('the environment is what sh makes of it', () => {
  const node = nodeInfo('worker-0', { vcpus: 3 });
  const env = (script: string) => localShell(`set -eu\nset -a\n${sparkEnv(context('worker-0', [node]))}\n${script}`);
  expect(env('echo "$SPARK_LOCAL_IP $SPARK_LOCAL_HOSTNAME $SPARK_DAEMON_MEMORY $PYSPARK_PYTHON"')).toBe(
    '10.0.0.20 10.0.0.20 192m /usr/bin/python3\n',
  );
  expect(env('echo "$SPARK_DAEMON_JAVA_OPTS"')).toContain('-XX:ActiveProcessorCount=3');
});

describe('properties', () => {
  test('are sorted, and escaped as Java reads them', () => {
    const text = properties({ b: 'a\\b\nc\td', a: ' x', 'k:1=#': new Secret('é') }).reveal();
    expect(text.split('\n').slice(1)).toEqual(['a \\ x', 'b a\\\\b\\nc\\td', 'k\\:1\\=\\# é', '']);
  });
});

describe('conflicts', () => {
  test.each([
    ['spark.authenticate', 'always on'],
    ['spark.authenticate.secret', 'kept out of the plan'],
    ['spark.network.crypto.saslFallback', 'always on'],
    ['spark.master.rest.enabled', 'takes programs from anybody'],
    ['spark.blockManager.port', 'security groups'],
    ['spark.jars.packages', 'spark.packages'],
    ['spark.driver.host', 'set for each node'],
    ['sparkexecutor.memory', 'begin with "spark."'],
    ['spark.a b', 'no spaces'],
    ['constructor', 'no Spark property'],
  ])('refuses %s: %s', (key, reason) => {
    expect(sparkConfConflicts([key, 'spark.executor.memory'])).toEqual([
      { key, reason: expect.stringContaining(reason) },
    ]);
  });

  test('allows the rest', () => {
    expect(sparkConfConflicts(['spark.cores.max', 'spark.hadoop.fs.s3a.access.key', 'spark.r.command'])).toEqual([]);
  });

  test('refuses several masters that nobody makes agree', () => {
    const zookeeper = { 'spark.deploy.recoveryMode': 'ZOOKEEPER', 'spark.deploy.zookeeper.url': '10.0.0.5:2181' };
    expect(sparkMastersConflict(1, {})).toBeUndefined();
    expect(sparkMastersConflict(3, zookeeper)).toBeUndefined();
    expect(sparkMastersConflict(2, {})).toContain('take 1 master, or 3 with the role zookeeper');
    const masters = [nodeInfo('master-0'), nodeInfo('master-1'), nodeInfo('worker-0')];
    expect(() => applicationConf(context('master-0', masters))).toThrow('2 masters need a ZooKeeper');
    const agreed = context('master-0', masters, { spark: { conf: zookeeper } });
    expect(parsed(applicationConf(agreed))['spark.master']).toBe('spark://10.0.0.11:7077,10.0.0.12:7077');
  });
});
