import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPublicKey } from '../../plan/public-key';
import { PUBLIC_KEY } from './_project';

jest.mock('node:os', () => ({ ...jest.requireActual<object>('node:os'), homedir: () => '/nonexistent/home' }));

const keyFile = (content: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'firesteel-key-')), 'id.pub');
  writeFileSync(file, content);
  return file;
};

test('a public key is a line, or a file that holds one', () => {
  const file = keyFile(`${PUBLIC_KEY}\n`);

  expect(findPublicKey(PUBLIC_KEY)).toEqual({ line: PUBLIC_KEY });
  expect(findPublicKey(file)).toEqual({ line: PUBLIC_KEY, file });
});

describe('what is no public key is refused', () => {
  test.each([
    ['a blob of another type', PUBLIC_KEY.replace('ssh-ed25519', 'ssh-rsa'), /is no SSH public key: "ssh-rsa AAAA/],
    ['a blob that is cut off', 'ssh-ed25519 AAAA', /is no SSH public key/],
    ['words', 'my public key', /is no SSH public key: "my public key"/],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nxxx', /is a private key: give its public half/],
  ])('%s', (_what, given, message) => {
    expect(() => findPublicKey(given)).toThrow(message);
  });

  test('a private key in a file, naming the public half', () => {
    const file = keyFile('-----BEGIN OPENSSH PRIVATE KEY-----\n');

    expect(() => findPublicKey(file)).toThrow(`${file} is a private key: name its public half, ${file}.pub`);
  });

  test('the excerpt of a long line is short: what was pasted may be a secret', () => {
    expect(() => findPublicKey(`secret ${'x'.repeat(100)}`)).toThrow(/"secret x{23}…"/);
  });

  test('a file that is not there, and who makes it where it is the default one', () => {
    expect(() => findPublicKey('~/.ssh/id_ed25519.pub')).toThrow(
      `can't read the public key /nonexistent/home/.ssh/id_ed25519.pub: there is no such file, "firesteel init" makes one`,
    );
    expect(() => findPublicKey('~/.ssh/mine.pub')).toThrow(/mine\.pub: there is no such file$/);
  });
});
