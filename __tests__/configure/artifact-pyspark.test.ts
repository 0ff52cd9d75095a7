import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { thinJar } from '../../configure/_thin-jar';
import { placeOf, repackPyspark } from '../../configure/artifact-pyspark';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-repack-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(path: string, content: string | Buffer = path): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A jar made by Python's own zip library. */
function makeJar(entries: Readonly<Record<string, string>>): Buffer {
  const script = `
import io, json, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as jar:
    for name, text in json.load(sys.stdin).items(): jar.writestr(name, text)
sys.stdout.buffer.write(out.getvalue())`;
  return execFileSync('python3', ['-c', script], { input: JSON.stringify(entries) });
}

/** What Python's zip library reads from it, every checksum verified. */
function readJar(jar: Buffer): Record<string, string> {
  const script = `
import io, json, sys, zipfile
with zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())) as jar:
    assert jar.testzip() is None
    print(json.dumps({name: jar.read(name).decode() for name in jar.namelist()}))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { input: jar, encoding: 'utf8' }));
}

describe('a thinner jar', () => {
  const entries = { 'A.class': 'a'.repeat(5000), 'lib-mac.dylib': 'b'.repeat(9000), 'META-INF/x': 'é', 'lib.so': 'c' };

  test('has every entry but those dropped, readable by others', () => {
    const thin = thinJar(makeJar(entries), (name) => name.endsWith('.dylib'));
    const { 'lib-mac.dylib': _dropped, ...kept } = entries;
    expect(readJar(thin)).toEqual(kept);
  });

  test('is the jar itself where nothing is dropped, or where it is none', () => {
    const jar = makeJar(entries);
    expect(thinJar(jar, () => false)).toBe(jar);
    for (const other of [
      Buffer.from('no jar'),
      Buffer.alloc(0),
      jar.subarray(0, -1),
      Buffer.concat([jar, Buffer.from('x')]),
    ]) {
      expect(thinJar(other, () => true)).toBe(other);
    }
  });
});

describe('the repacked distribution', () => {
  function makeSource(): string {
    const root = 'pyspark-4.2.1';
    const paths = [
      'setup.py',
      'LICENSE',
      'deps/jars/spark-core_2.13-4.2.1.jar',
      'deps/jars/kubernetes-client-7.6.1.jar',
    ];
    paths.push(
      'deps/jars/connect-repl/x.jar',
      'deps/bin/spark-class',
      'deps/bin/spark-class.cmd',
      'deps/sbin/spark-daemon.sh',
    );
    paths.push(
      'deps/examples/pi.py',
      'deps/data/graphx/users.txt',
      'lib/py4j-0.10.9.9-src.zip',
      'pyspark/sql/functions.py',
    );
    for (const path of paths) write(`${root}/${path}`, path);
    write(
      `${root}/deps/jars/rocksdbjni-9.jar`,
      makeJar({ 'librocksdbjni-linux64.so': 'l', 'librocksdbjni-win64.dll': 'w', X: 'x' }),
    );
    const source = join(dir, 'pyspark-4.2.1.tar.gz');
    execFileSync('tar', ['-czf', source, '-C', dir, root]);
    return source;
  }

  test('has the folders of a Spark release, programs that run, and nothing a standalone cluster never loads', async () => {
    const file = join(dir, 'out', 'spark.tar');
    mkdirSync(dirname(file));
    const { sha256, bytes } = await repackPyspark({ source: makeSource(), version: '4.2.1', file });
    expect(statSync(file).size).toBe(bytes);
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(sha256);

    const names = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n').sort();
    expect(names).toEqual(
      [
        'LICENSE',
        'RELEASE',
        'bin/spark-class',
        'data/graphx/users.txt',
        'examples/src/main/python/pi.py',
        'jars/rocksdbjni-9.jar',
        'jars/spark-core_2.13-4.2.1.jar',
        'python/lib/py4j-0.10.9.9-src.zip',
        'python/pyspark/sql/functions.py',
        'sbin/spark-daemon.sh',
      ].map((name) => `spark-4.2.1/${name}`),
    );
    execFileSync('tar', ['-xf', file, '-C', join(dir, 'out')]);
    const unpacked = join(dir, 'out', 'spark-4.2.1');
    expect(statSync(join(unpacked, 'bin/spark-class')).mode & 0o777).toBe(0o755);
    expect(statSync(join(unpacked, 'jars/spark-core_2.13-4.2.1.jar')).mode & 0o777).toBe(0o644);
    expect(readJar(readFileSync(join(unpacked, 'jars/rocksdbjni-9.jar')))).toEqual({
      'librocksdbjni-linux64.so': 'l',
      X: 'x',
    });
  });

  test('is the same from the same source', async () => {
    const source = makeSource();
    const once = await repackPyspark({ source, version: '4.2.1', file: join(dir, 'a.tar') });
    expect(await repackPyspark({ source, version: '4.2.1', file: join(dir, 'b.tar') })).toEqual(once);
  });

  test('refuses what holds no jars, or is cut off; nothing half-made is left', async () => {
    const file = join(dir, 'spark.tar');
    const source = makeSource();
    const cut = write('cut.tar.gz', readFileSync(source).subarray(0, 400));
    await expect(repackPyspark({ source: cut, version: '4.2.1', file })).rejects.toThrow(/unexpected end of file/i);

    write('other/readme', 'x');
    execFileSync('tar', ['-czf', join(dir, 'other.tar.gz'), '-C', dir, 'other']);
    await expect(repackPyspark({ source: join(dir, 'other.tar.gz'), version: '4.2.1', file })).rejects.toThrow(
      'other.tar.gz holds no jars: it is no source distribution of pyspark',
    );
    expect([existsSync(file), existsSync(`${file}.unfinished`)]).toEqual([false, false]);
  });
});

test.each([
  ['pyspark-3.5.9/deps/jars/hive-exec-2.3.9-core.jar', 'jars/hive-exec-2.3.9-core.jar'],
  ['pyspark-3.5.9/deps/jars/mesos-1.4.3-shaded-protobuf.jar', undefined],
  ['pyspark-3.5.9/deps/jars/spark-kubernetes_2.12-3.5.9.jar', undefined],
  ['pyspark-3.5.9/deps/jars/spark-mllib_2.12-3.5.9.jar', 'jars/spark-mllib_2.12-3.5.9.jar'],
  [
    'pyspark-4.2.1/deps/jars/netty-transport-native-epoll-4.2.13.Final-linux-x86_64.jar',
    'jars/netty-transport-native-epoll-4.2.13.Final-linux-x86_64.jar',
  ],
  ['pyspark-4.2.1/deps/jars/netty-tcnative-boringssl-static-2.0.76.Final-osx-x86_64.jar', undefined],
  ['pyspark-4.2.1/pyspark.egg-info/PKG-INFO', undefined],
])('%s belongs at %s', (name, place) => {
  expect(placeOf(name)).toBe(place);
});
