import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSourceDistribution, pipIndexUrl } from '../../configure/artifact-pypi';
import { FileServer } from './_file-server';

let server: FileServer;
beforeEach(async () => {
  server = new FileServer((_request, response) => void response.end());
  await server.start();
});
afterEach(() => server.stop());

const find = (version: string) => findSourceDistribution('pyspark', version, { index: `${server.url}/simple` });

test('reads the JSON of an index (PEP 691)', async () => {
  server.answer = (_request, response) => {
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    response.end(
      JSON.stringify({
        files: [
          { filename: 'pyspark-4.2.1.tar.gz', url: 'https://files.example/a/pyspark-4.2.1.tar.gz' },
          { filename: 'pyspark-4.2.0.tar.gz', url: '../../b/pyspark-4.2.0.tar.gz' },
        ],
      }),
    );
  };
  expect((await find('4.2.1')).url).toBe('https://files.example/a/pyspark-4.2.1.tar.gz');
  expect((await find('4.2.0')).url).toBe(`${server.url}/b/pyspark-4.2.0.tar.gz`);
  expect(server.requests[0]!.url).toBe('/simple/pyspark/');
  expect(server.requests[0]!.headers.accept).toContain('application/vnd.pypi.simple.v1+json');
});

test('reads the page of an index that knows no JSON (PEP 503)', async () => {
  server.answer = (_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><a href="https://files.example/pyspark-4.2.1.tar.gz#sha256=abc" data-requires-python="&gt;=3.10">
      pyspark-4.2.1.tar.gz</a><br/>
      <a href='pyspark-4.2.0.tar.gz?a=1&amp;b=2'>pyspark-4.2.0.tar.gz</a>`);
  };
  expect((await find('4.2.1')).url).toBe('https://files.example/pyspark-4.2.1.tar.gz');
  expect((await find('4.2.0')).url).toBe(`${server.url}/simple/pyspark/pyspark-4.2.0.tar.gz?a=1&b=2`);
});

test('fails by the versions there are', async () => {
  server.answer = (_request, response) => {
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    response.end(JSON.stringify({ files: [{ filename: 'pyspark-4.2.1.tar.gz', url: 'x' }] }));
  };
  await expect(find('9.9.9')).rejects.toThrow('has no pyspark-9.9.9.tar.gz; the versions there are 4.2.1. Next:');
});

test('fails by what the index says', async () => {
  server.answer = (_request, response) => void response.writeHead(403, 'Forbidden').end();
  await expect(find('4.2.1')).rejects.toThrow(
    /can't be asked for pyspark-4\.2\.1\.tar\.gz: it answers 403 Forbidden\. Next:/,
  );
});

describe('the index that pip would use', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'firesteel-pip-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  test('is the one of the environment, before that of a file', () => {
    const file = join(home, 'pip.conf');
    writeFileSync(
      file,
      '[install]\nindex-url = https://other/\n[global]\ntimeout = 3\nindex-url = https://file.example/simple\n',
    );
    expect(pipIndexUrl({ PIP_CONFIG_FILE: file }, home)).toBe('https://file.example/simple');
    expect(pipIndexUrl({ PIP_CONFIG_FILE: file, PIP_INDEX_URL: 'https://env.example/' }, home)).toBe(
      'https://env.example/',
    );
  });

  test('is PyPI where nothing is said', () => {
    expect(pipIndexUrl({ XDG_CONFIG_HOME: home }, home)).toMatch(/^https:/);
  });
});
