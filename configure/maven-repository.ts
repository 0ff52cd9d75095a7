import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CENTRAL = 'https://repo1.maven.org/maven2';

/**
 * Address of the Maven repository that jars come from, without a slash at its end: `FIRESTEEL_MAVEN_REPOSITORY`, else the
 * mirror that the user's ~/.m2/settings.xml names for Maven Central, else Maven Central itself.
 */
export function mavenRepository(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  const address = env.FIRESTEEL_MAVEN_REPOSITORY || mirrorOfCentral(join(home, '.m2', 'settings.xml')) || CENTRAL;
  return address.replace(/\/+$/, '');
}

/** Where a repository keeps a jar: `org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar` of `org.slf4j:slf4j-api:1.7.36`. */
export function jarPath(coordinates: string): string {
  const parts = coordinates.split(':');
  const [group, artifact, version] = parts;
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(part))) {
    throw new Error(
      `not the coordinates of a jar: ${JSON.stringify(coordinates)}; write them as group:artifact:version`,
    );
  }
  return `${group!.replaceAll('.', '/')}/${artifact}/${version}/${artifact}-${version}.jar`;
}

/** What Maven would ask instead of Central; of several mirrors the first counts, as it does for Maven. */
function mirrorOfCentral(settings: string): string | undefined {
  const mirrors = readSettings(settings).matchAll(/<mirror>(.*?)<\/mirror>/gs);
  const mirror = [...mirrors].map(([, text]) => text!).find((text) => standsForCentral(element(text, 'mirrorOf')));
  return mirror && element(mirror, 'url');
}

function readSettings(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll(/<!--.*?-->/gs, '');
  } catch {
    return ''; // most have none
  }
}

function element(text: string, name: string): string {
  const [, content = ''] = new RegExp(`<${name}>\\s*(.*?)\\s*</${name}>`, 's').exec(text) ?? [];
  return content.replaceAll('&amp;', '&');
}

/** A list such as `central`, `*` or `*,!ours`. */
function standsForCentral(mirrorOf: string): boolean {
  const names = mirrorOf.split(',').map((name) => name.trim());
  return names.some((name) => ['central', '*', 'external:*'].includes(name)) && !names.includes('!central');
}
