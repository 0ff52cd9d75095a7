import { findGo } from '../../tools/go';
import { pinnedDigest, pinnedVersion } from '../../tools/go-build';
import { Scratch } from './_scratch';

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

test('the Go on PATH is taken when it is new enough, and kept from fetching another', async () => {
  scratch.program('go', 'echo go1.26.8');
  const go = await findGo([1, 24, 13], 'OpenTofu', { env: { ...scratch.env, GOROOT: '/old', GOFLAGS: '-insecure' } });
  expect(go.path).toBe('go');
  expect(go.env).toMatchObject({ GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0', GOFLAGS: '-insecure' });
  expect(go.env).not.toHaveProperty('GOROOT');
});

test('an older one fetches a newer one, as a module, which is then made to run', async () => {
  const toolchain = `${scratch.dir}/toolchain`;
  scratch.file('toolchain/bin/go', '#!/bin/sh\necho go1.24.13\n', 0o444);
  scratch.file('toolchain/pkg/tool/linux_amd64/compile', '', 0o444);
  scratch.file('toolchain/src/_go.mod', 'module std\n', 0o444);
  scratch.program('go', `case $1 in env) echo go1.19.8 ;; mod) echo '{"Dir": "${toolchain}"}' ;; esac`);
  const texts: unknown[] = [];
  const go = await findGo([1, 24, 13], 'OpenTofu', { env: scratch.env, onProgress: ({ text }) => texts.push(text) });
  expect(go.path).toBe(`${toolchain}/bin/go`);
  expect(texts).toContain('go1.24.13, because Go 1.19.8 is too old');
});

test('fails with what Go said when the newer one can’t be fetched', async () => {
  scratch.program('go', 'case $1 in env) echo go1.19.8 ;; mod) echo "proxy: no route to host" >&2; exit 1 ;; esac');
  await expect(findGo([1, 24, 13], 'OpenTofu', { env: scratch.env })).rejects.toThrow(
    /go mod download golang\.org\/toolchain@v0\.0\.1-go1\.24\.13\.\S+ failed:\nproxy: no route to host/,
  );
});

test('fails with what to install when there is none', async () => {
  await expect(findGo([1, 24, 13], 'OpenTofu 1.10.10', { env: scratch.env })).rejects.toThrow(
    /^OpenTofu 1\.10\.10 has to be built here, and there is no Go to build it with\. Install Go/,
  );
});

describe('pinned modules', () => {
  const pinned = (requirement: string) => {
    scratch.file('go.mod', `module x\n\ngo 1.21\n\n${requirement}\n`);
    scratch.file('go.sum', '');
    return { folder: scratch.dir, module: 'example.org/tool', main: 'example.org/tool' };
  };

  test.each([
    ['require example.org/tool v1.2.3'],
    ['require (\n\texample.org/other v9.9.9\n\texample.org/tool v1.2.3 // indirect\n)'],
  ])('the version of %p', (requirement) => {
    expect(pinnedVersion(pinned(requirement))).toBe('1.2.3');
  });

  test('the digest follows every change', () => {
    const before = pinnedDigest(pinned('require example.org/tool v1.2.3'));
    expect(pinnedDigest(pinned('require example.org/tool v1.2.3'))).toBe(before);
    expect(pinnedDigest(pinned('require example.org/tool v1.2.4'))).not.toBe(before);
  });

  test('fails for a module that is not required', () => {
    expect(() => pinnedVersion(pinned('require example.org/other v1.2.3'))).toThrow(
      'does not require example.org/tool',
    );
  });
});
