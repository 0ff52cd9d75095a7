import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jarPath, mavenRepository } from '../../configure/maven-repository';

test('a jar lies where repositories keep it', () => {
  expect(jarPath('com.yammer.metrics:metrics-core:2.2.0')).toBe(
    'com/yammer/metrics/metrics-core/2.2.0/metrics-core-2.2.0.jar',
  );
});

test.each(['slf4j-api', 'a:b', 'a:b:1:jar', '../a:b:1', 'a:b/c:1', 'a::1', 'a:b:1?x'])(
  'refuses %s as coordinates',
  (coordinates) => {
    expect(() => jarPath(coordinates)).toThrow('write them as group:artifact:version');
  },
);

describe('the repository', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'firesteel-maven-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const settings = (mirrors: string): string => {
    mkdirSync(join(home, '.m2'), { recursive: true });
    writeFileSync(join(home, '.m2', 'settings.xml'), `<settings><mirrors>${mirrors}</mirrors></settings>`);
    return mavenRepository({}, home);
  };
  const mirror = (mirrorOf: string, url: string): string =>
    `<mirror><id>m</id>\n<mirrorOf>${mirrorOf}</mirrorOf>\n<url>\n  ${url}\n</url></mirror>`;

  test('is Maven Central where nothing is said', () => {
    expect(mavenRepository({}, home)).toBe('https://repo1.maven.org/maven2');
  });

  test('is the one of the environment before all', () => {
    settings(mirror('*', 'https://mirror/all'));
    expect(mavenRepository({ FIRESTEEL_MAVEN_REPOSITORY: 'https://env/maven/' }, home)).toBe('https://env/maven');
  });

  test.each(['central', '*', 'external:*', '*,!ours', 'other, central'])('is a mirror of %s', (mirrorOf) => {
    expect(settings(mirror(mirrorOf, 'https://mirror/m2?a=1&amp;b=2'))).toBe('https://mirror/m2?a=1&b=2');
  });

  test.each(['ours', '*,!central', 'external:http:*'])('is no mirror of %s', (mirrorOf) => {
    expect(settings(mirror(mirrorOf, 'https://mirror/m2'))).toBe('https://repo1.maven.org/maven2');
  });

  test('is the first of several, those in comments left out', () => {
    const commented = `<!-- ${mirror('*', 'https://commented')} -->`;
    expect(
      settings(commented + mirror('ours', 'https://a') + mirror('*', 'https://b') + mirror('*', 'https://c')),
    ).toBe('https://b');
  });
});
