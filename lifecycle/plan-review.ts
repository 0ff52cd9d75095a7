import { isHarmless, noun } from './_resource-nouns';
import { RefusedError } from './errors';

/** One resource that a Terraform plan would change. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  /** The resource's own name in the cloud, else its address. */
  readonly name: string;
  readonly action: 'create' | 'update' | 'delete' | 'replace' | 'read';
  /** Terraform's own reason, e.g. `replace_because_tainted`. */
  readonly reason?: string;
  /** Cloud's id of what exists now. */
  readonly id?: string;
  /** Attributes that force the replacement, or that an update would change. */
  readonly attributes: readonly string[];
}

interface RawChange {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Record<string, unknown> | null;
    readonly after: Record<string, unknown> | null;
    readonly after_unknown?: Record<string, unknown>;
    readonly replace_paths?: readonly (readonly unknown[])[];
  };
}

/** Changes of `terraform show -json PLANFILE`; what stays as it is, is left out. */
export function plannedChanges(plan: { readonly resource_changes?: readonly unknown[] }): PlannedChange[] {
  return ((plan.resource_changes ?? []) as RawChange[]).flatMap((raw) => {
    const action = actionOf(raw.change.actions);
    return action === undefined || raw.mode !== 'managed' ? [] : [toChange(raw, action)];
  });
}

/**
 * What the changes would destroy, in words. A server that was never finished (tainted) holds nothing, unless it is
 * one of `known`.
 * @param known ids of servers that have been configured
 */
export function losses(changes: readonly PlannedChange[], known: ReadonlySet<string> = new Set()): string[] {
  return changes.flatMap((change) => {
    const loss = lossOf(change, known);
    return loss === undefined ? [] : [`${noun(change.type)} ${change.name} ${loss}`];
  });
}

/** @throws {RefusedError} when something would be lost */
export function refuseLosses(
  environment: string,
  changes: readonly PlannedChange[],
  known?: ReadonlySet<string>,
): void {
  const lost = losses(changes, known);
  if (lost.length === 0) return;
  throw new RefusedError(
    `refused: the plan of ${environment} differs from what is deployed in a way that destroys; nothing was changed. ` +
      `Take the change back in the environment's file, or look at it with "npx cdktf diff ${environment}" and apply it yourself with "npx cdktf deploy ${environment}". It would lose:`,
    lost,
  );
}

function lossOf(change: PlannedChange, known: ReadonlySet<string>): string | undefined {
  if (isHarmless(change.type)) return undefined;
  const because = change.attributes.length > 0 ? ` (${change.attributes.join(', ')})` : '';
  if (change.action === 'delete') return 'would be deleted';
  if (change.action === 'replace' && !neverFinished(change, known)) return `would be deleted and made anew${because}`;
  if (wipesDisk(change)) return `would be rebuilt from another image, which wipes its disk${because}`;
  return undefined;
}

function neverFinished(change: PlannedChange, known: ReadonlySet<string>): boolean {
  return change.reason === 'replace_because_tainted' && !(change.id !== undefined && known.has(change.id));
}

/** Since 2.0 the provider rebuilds a server in place when its image changes. */
function wipesDisk(change: PlannedChange): boolean {
  const image = change.attributes.some((attribute) => attribute === 'image_id' || attribute === 'image_name');
  return change.action === 'update' && change.type === 'openstack_compute_instance_v2' && image;
}

function toChange(raw: RawChange, action: PlannedChange['action']): PlannedChange {
  const { before, after } = raw.change;
  const id = before?.id;
  return {
    address: raw.address,
    type: raw.type,
    name: nameOf(before) ?? nameOf(after) ?? raw.address,
    action,
    ...(raw.action_reason !== undefined && { reason: raw.action_reason }),
    ...(typeof id === 'string' && { id }),
    attributes: attributesOf(raw, action),
  };
}

/** Floating IPs and rules have no name, but an address or a description. */
function nameOf(attributes: Record<string, unknown> | null): string | undefined {
  const { name, address, description } = attributes ?? {};
  const found = [name, address, description].find((text) => typeof text === 'string' && text !== '');
  return found as string | undefined;
}

function attributesOf(raw: RawChange, action: PlannedChange['action']): string[] {
  const { before, after, after_unknown: unknown, replace_paths: paths } = raw.change;
  if (action === 'replace') return [...new Set((paths ?? []).map((path) => String(path[0])))];
  if (action !== 'update' || !before || !after) return [];
  return Object.keys({ ...before, ...after }).filter(
    (key) => unknown?.[key] !== true && JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}

function actionOf(actions: readonly string[]): PlannedChange['action'] | undefined {
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'delete';
  if (actions.includes('create')) return 'create';
  if (actions.includes('update')) return 'update';
  return actions.includes('read') ? 'read' : undefined;
}
