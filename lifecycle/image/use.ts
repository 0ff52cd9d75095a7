import { setWord } from '../../plan/edit-environment';
import { UsageError } from '../errors';
import type { Workspace } from '../workspace';
import { among } from './among';
import { chooseImage, describeLack, type ImageChoice } from './choice';

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
  const regions = [...new Set(environment.plan.groups.map(({ region }) => region))];
  for (const region of regions) await refuseUnknown(workspace, environmentName, name, region);
  const changed = setWord(environment, ['image'], name);
  workspace.forgetStacks();
  const after = workspace.cluster(environmentName);
  const { groups, settings } = after.plan;
  const lacks: Record<string, string> = {};
  for (const { name: group, image, roles, region } of groups.filter((each) => each.image === name)) {
    const cloud = await workspace.cloud(environment, region);
    const choice: ImageChoice | undefined = chooseImage(await cloud.image.images({ name: image }), { roles, settings });
    const lack = choice && describeLack(choice);
    if (lack !== undefined) lacks[group] = lack;
  }
  const others = groups.filter(({ image }) => image !== name).map((group) => group.name);
  return { environment: environmentName, image: name, changed, lacks, others };
}

async function refuseUnknown(
  workspace: Workspace,
  environmentName: string,
  name: string,
  region: string | undefined,
): Promise<void> {
  const { environment } = workspace.cluster(environmentName);
  const { image } = await workspace.cloud(environment, region);
  const images = (await image.images()).filter(({ status }) => status === 'active');
  if (images.some((one) => one.name === name)) return;
  const names = [...new Set(images.map((one) => one.name))].sort();
  const where = region === undefined ? 'the cloud' : region;
  throw new UsageError(`${where} has no image "${name}"${among(name, names)}; "firesteel image build" makes one`);
}
