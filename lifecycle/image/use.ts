import { bootable, type Image } from '../../cloud/image';
import { setWord } from '../../plan/edit-environment';
import { among } from '../_among';
import { UsageError } from '../errors';
import type { Workspace } from '../workspace';
import { chooseImage, describeLack } from './choice';

export interface UsedImage {
  readonly environment: string;
  readonly image: string;
  /** false where the file said it already. */
  readonly changed: boolean;
  /** What the newest that fits best lacks, by group; groups that lack nothing are not among them. */
  readonly lacks: Readonly<Record<string, string>>;
  /** Groups that name an image of their own in the file, which stays. */
  readonly others: readonly string[];
}

/**
 * Lets an environment's file name an image for new servers; comments are kept. Servers that are there stay as they are.
 * @throws {UsageError} when the cloud has no such image @throws {PlanError} when the file can't be changed in place
 */
export async function useImage(workspace: Workspace, name: string, environmentName: string): Promise<UsedImage> {
  const { environment } = workspace.cluster(environmentName);
  const found = new Map<string | undefined, readonly Image[]>();
  for (const region of new Set(environment.plan.groups.map((group) => group.region))) {
    const cloud = await workspace.cloud(environment, region);
    found.set(region, named(await cloud.image.images(), name, region));
  }
  const changed = setWord(environment, ['image'], name);
  workspace.forgetStacks();
  const { groups, settings } = workspace.cluster(environmentName).plan;
  const lacks: Record<string, string> = {};
  for (const { name: group, image, roles, region } of groups) {
    const choice = image === name ? chooseImage(found.get(region) ?? [], { roles, settings }) : undefined;
    const lack = choice && describeLack(choice);
    if (lack !== undefined) lacks[group] = lack;
  }
  const others = groups.filter(({ image }) => image !== name).map((group) => group.name);
  return { environment: environmentName, image: name, changed, lacks, others };
}

/** Those of the name that a server can start from. @throws {UsageError} where there is none */
function named(images: readonly Image[], name: string, region: string | undefined): readonly Image[] {
  const all = bootable(images);
  const found = all.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(all.map((one) => one.name))].sort();
  const where = region === undefined ? 'the cloud' : region;
  throw new UsageError(`${where} has no image "${name}"${among(name, names)}; "firesteel image build" makes one`);
}
