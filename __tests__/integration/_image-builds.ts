import type { ListedImage } from '../../lifecycle/image/list';
import { sandboxSettings } from '../../sandbox/settings';
import { leftovers } from './_leftovers';
import type { Project } from './_project';
import { lastLine, type Running } from './_run';
import type { SandboxCloud } from './_sandbox-cloud';

/** What builds of images keep on this machine lies in the project's folder; the sandbox is where it is all the same. */
export function keepBuildsApart(project: Project): void {
  const state = { XDG_STATE_HOME: project.file('state'), OS_CLIENT_CONFIG_FILE: sandboxSettings().clouds };
  Object.assign(project.env, state);
}

export function buildImage(project: Project, ...args: readonly string[]): Running {
  return project.start('image', 'build', ...args, '--json');
}

export async function listImages(project: Project): Promise<ListedImage[]> {
  return lastLine(await project.start('image', 'ls', '--json').succeeded());
}

/** What builds of images have in the cloud, by kind and name; nothing where none is under way. */
export async function ofBuilds({ api }: SandboxCloud): Promise<string[]> {
  const images = (await api.image.images()).map(({ name }) => `image ${name}`);
  return [...(await leftovers()), ...images].filter((line) => line.includes('firesteel-image-'));
}
