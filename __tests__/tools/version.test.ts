import { thisPlatform } from '../../tools/platform';
import { atLeast, tryParseVersion } from '../../tools/version';

test.each([
  ['1.11.4', [1, 11, 4]],
  ['go1.26', [1, 26, 0]],
  ['1.10.0-beta1', [1, 10, 0]],
  ['devel', undefined],
])('the version of %s', (text, version) => {
  expect(tryParseVersion(text)).toEqual(version);
});

test.each([
  [[1, 6, 0], [1, 6, 0], true],
  [[1, 10, 0], [1, 9, 9], true],
  [[2, 0, 0], [1, 9, 9], true],
  [[1, 5, 7], [1, 6, 0], false],
  [[0, 99, 99], [1, 0, 0], false],
] as const)('%p is at least %p: %p', (version, least, expected) => {
  expect(atLeast(version, least)).toBe(expected);
});

test('platforms are named as Go and Terraform name them', () => {
  expect(thisPlatform('linux', 'x64')).toEqual({ os: 'linux', arch: 'amd64' });
  expect(thisPlatform('darwin', 'arm64')).toEqual({ os: 'darwin', arch: 'arm64' });
});

test.each([
  ['win32', 'x64'],
  ['linux', 'ia32'],
])('refuses %s %s', (os, arch) => {
  expect(() => thisPlatform(os, arch)).toThrow(`not on ${os} ${arch}`);
});
