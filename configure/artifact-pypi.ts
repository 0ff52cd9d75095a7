import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { httpGet, shownUrl } from './_http';
import { ArtifactError } from './artifact-error';

export interface SourceDistribution {
  readonly url: string;
  readonly fileName: string;
}

const PYPI = 'https://pypi.org/simple/';
const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/**
 * Where the source distribution of a release lies, by the index that pip would use.
 * @throws {ArtifactError} when the index can't be reached or does not have it
 */
export async function findSourceDistribution(
  project: string,
  version: string,
  options: { readonly index?: string; readonly signal?: AbortSignal } = {},
): Promise<SourceDistribution> {
  const fileName = `${project}-${version}.tar.gz`;
  const index = options.index ?? pipIndexUrl();
  const page = `${index.replace(/\/*$/, '/')}${project}/`;
  const files = await listFiles(page, fileName, options.signal);
  const file = files.find(({ name }) => name === fileName);
  if (file) return { url: new URL(file.href, page).href, fileName };
  const versions = files.map(({ name }) => /^.+-(.+)\.tar\.gz$/.exec(name)?.[1]).filter((found) => found !== undefined);
  throw new ArtifactError(
    `${shownUrl(page)} has no ${fileName}; the versions there are ${versions.join(', ') || 'none'}. Next: choose one of them.`,
    fileName,
  );
}

/** The package index as pip is told it: `PIP_INDEX_URL`, else its configuration files, else PyPI. */
export function pipIndexUrl(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  const files = [
    env.PIP_CONFIG_FILE,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'pip', 'pip.conf'),
    join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    '/etc/pip.conf',
  ];
  return env.PIP_INDEX_URL || files.map((file) => indexOf(file)).find((url) => url !== undefined) || PYPI;
}

/** `index-url` of the sections that `pip download` reads. */
function indexOf(file: string | undefined): string | undefined {
  if (!file) return undefined;
  let section = '';
  try {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      section = /^\s*\[(.+)\]/.exec(line)?.[1] ?? section;
      const url = /^\s*index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1];
      if (url && (section === 'global' || section === 'download')) return url;
    }
  } catch {
    return undefined; // pip too takes a file that can't be read for none
  }
  return undefined;
}

interface IndexFile {
  readonly name: string;
  readonly href: string;
}

async function listFiles(page: string, fileName: string, signal?: AbortSignal): Promise<readonly IndexFile[]> {
  let reason: string;
  try {
    const response = await httpGet(page, { headers: { accept: ACCEPT }, signal });
    const text = await response.text();
    if (response.ok) return /json/.test(response.headers.get('content-type') ?? '') ? fromJson(text) : fromHtml(text);
    reason = `it answers ${response.status} ${response.statusText}`;
  } catch (error) {
    signal?.throwIfAborted();
    reason = (error as Error).message;
  }
  throw new ArtifactError(
    `The package index ${shownUrl(page)} can't be asked for ${fileName}: ${reason.trim()}. ` +
      "Next: check this machine's way to the internet, or name a mirror in PIP_INDEX_URL.",
    fileName,
  );
}

/** PEP 691. */
function fromJson(text: string): readonly IndexFile[] {
  const { files = [] } = JSON.parse(text) as { files?: readonly { filename: string; url: string }[] };
  return files.map(({ filename, url }) => ({ name: filename, href: url }));
}

/** PEP 503: a page of links whose text is the file's name. */
function fromHtml(text: string): readonly IndexFile[] {
  return [...text.matchAll(/<a\s[^>]*?href=["']([^"']+)["'][^>]*>\s*([^<]+?)\s*<\/a>/gi)].map(([, href, name]) => ({
    name: name!,
    href: href!.replaceAll('&amp;', '&').replace(/#.*$/, ''),
  }));
}
