import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DownloadOptions, download } from '../../configure/artifact-download';
import { ArtifactError } from '../../configure/artifact-error';
import { breakingAfter, FileServer, giving } from './_file-server';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const content = randomBytes(300_000);
const hex = createHash('sha256').update(content).digest('hex');
let dir: string;
let server: FileServer;
let options: DownloadOptions;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-download-'));
  server = new FileServer(giving(content));
  await server.start();
  options = { url: `${server.url}/spark.tgz`, file: join(dir, 'spark.tgz'), digest: { algorithm: 'sha256', hex } };
});
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

const failure = (run: Promise<unknown>): Promise<Error> =>
  run.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

test('fetches a file once, and tells how far it is', async () => {
  const heard: [number, number | undefined][] = [];
  await download({ ...options, onProgress: (done, total) => heard.push([done, total]) });
  expect(readFileSync(options.file).equals(content)).toBe(true);
  expect(heard.at(-1)).toEqual([content.length, content.length]);
  await download(options);
  expect(server.requests).toHaveLength(1);
});

test('goes on where an earlier run was cut off', async () => {
  writeFileSync(`${options.file}.part`, content.subarray(0, 100_000));
  await download(options);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual(['bytes=100000-']);
  expect(readFileSync(options.file).equals(content)).toBe(true);
  expect(existsSync(`${options.file}.part`)).toBe(false);
});

test('goes on where the connection broke', async () => {
  server.answer = (request, response) => {
    const answer = server.requests.length < 3 ? breakingAfter(60_000, content) : giving(content);
    answer(request, response);
  };
  await download(options);
  expect(readFileSync(options.file).equals(content)).toBe(true);
  expect(server.requests.length).toBe(3);
  expect(server.requests[2]!.headers.range).toMatch(/^bytes=\d+-$/);
});

test('starts again where the part of an earlier run has gone bad, or is whole already', async () => {
  writeFileSync(`${options.file}.part`, Buffer.alloc(100_000, 1));
  await download(options);
  expect(readFileSync(options.file).equals(content)).toBe(true);

  const whole = { ...options, file: join(dir, 'whole.tgz') };
  writeFileSync(`${whole.file}.part`, content);
  await download(whole);
  expect(readFileSync(whole.file).equals(content)).toBe(true);
});

test('takes a whole answer where the server knows no ranges', async () => {
  writeFileSync(`${options.file}.part`, content.subarray(0, 1000));
  server.answer = (_request, response) => void response.end(content);
  await download(options);
  expect(readFileSync(options.file).equals(content)).toBe(true);
});

test('replaces a file that has the name and not the content', async () => {
  writeFileSync(options.file, 'something else');
  await download(options);
  expect(readFileSync(options.file).equals(content)).toBe(true);
});

test('refuses what is not the file that was asked for, with both digests and the next step', async () => {
  const other = { ...options, digest: { algorithm: 'sha512' as const, hex: 'ab'.repeat(64) } };
  const error = await failure(download(other));
  expect(error).toBeInstanceOf(ArtifactError);
  expect(error.message).toContain(createHash('sha512').update(content).digest('hex'));
  expect(error.message).toContain('ab'.repeat(64));
  expect(error.message).toContain('Next: check the version');
  expect([existsSync(other.file), existsSync(`${other.file}.part`)]).toEqual([false, false]);
});

test('fails at once on what the server will not change, and keeps a password out of the message', async () => {
  server.answer = (_request, response) => void response.writeHead(404).end();
  const error = await failure(download({ ...options, url: options.url.replace('http://', 'http://me:hunter2@') }));
  expect(error.message).toMatch(/spark\.tgz can't be fetched: the server answers 404 Not Found/);
  expect(error.message).not.toContain('hunter2');
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:hunter2').toString('base64')}`);
});

test('tries again what may pass', async () => {
  server.answer = (request, response) => {
    if (server.requests.length < 2) response.writeHead(503).end();
    else giving(content)(request, response);
  };
  await download(options);
  expect(server.requests).toHaveLength(2);
});

test('stops when told to, and keeps what came', async () => {
  const controller = new AbortController();
  server.answer = (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 50_000));
  };
  const onProgress = (): void => controller.abort(new Error('stopped'));
  const error = await failure(download({ ...options, onProgress, signal: controller.signal }));
  expect(error.message).toBe('stopped');
  expect(existsSync(`${options.file}.part`)).toBe(true);
});
