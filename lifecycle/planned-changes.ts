import { jsonDigest } from '../plan/json-digest';

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
  /** What each of them is and would be, for people. */
  readonly details: readonly AttributeChange[];
  /** Of all that the change is about: two plans that say the same of a resource have the same one. */
  readonly digest: string;
}

export interface AttributeChange {
  readonly attribute: string;
  readonly before: string;
  readonly after: string;
}

/** An output as it will be; what nobody can know before the apply is missing in `after`, and true in `unknown`. */
export interface PlannedOutput {
  readonly after: unknown;
  readonly unknown: unknown;
}

/** What `terraform show -json PLANFILE` says, as far as we read it. */
export interface RawPlan {
  readonly resource_changes?: readonly unknown[];
  readonly resource_drift?: readonly unknown[];
  readonly output_changes?: Readonly<
    Record<string, { readonly actions: readonly string[]; readonly after?: unknown; readonly after_unknown?: unknown }>
  >;
}

interface RawChange {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Attributes | null;
    readonly after: Attributes | null;
    readonly after_unknown?: Attributes;
    readonly before_sensitive?: unknown;
    readonly after_sensitive?: unknown;
    readonly replace_paths?: readonly (readonly unknown[])[];
  };
}

type Attributes = Readonly<Record<string, unknown>>;

/** Written where nobody can know what stands there before it is made; Terraform's own words. */
export const UNKNOWN = '(known after apply)';

export interface ReadPlan {
  readonly changes: readonly PlannedChange[];
  readonly drift: readonly PlannedChange[];
  readonly outputs: Readonly<Record<string, PlannedOutput>>;
}

export function readPlan(plan: RawPlan): ReadPlan {
  const outputs = Object.entries(plan.output_changes ?? {})
    .filter(([, { actions }]) => actions.some((action) => action !== 'no-op'))
    .map(([name, { after, after_unknown: unknown }]) => [name, { after, unknown }] as const);
  const changes = plannedChanges(plan);
  // Much is filled in by the cloud itself after an apply; what somebody changed is what the plan would set back.
  const addresses = new Set(changes.map(({ address }) => address));
  const drift = plannedChanges({ resource_changes: plan.resource_drift ?? [] });
  return {
    changes,
    drift: drift.filter((change) => addresses.has(change.address)),
    outputs: Object.fromEntries(outputs),
  };
}

/** Changes of resources; what stays as it is, is left out. */
export function plannedChanges(plan: Pick<RawPlan, 'resource_changes'>): PlannedChange[] {
  return ((plan.resource_changes ?? []) as RawChange[]).flatMap((raw) => {
    const action = actionOf(raw.change.actions);
    return action === undefined || raw.mode !== 'managed' ? [] : [toChange(raw, action)];
  });
}

/** e.g. `9 to create, 1 to update`; empty where no resource would change. */
export function countChanges(changes: readonly PlannedChange[]): string {
  const counts = (['create', 'update', 'replace', 'delete'] as const).map((action) => {
    return { action, count: changes.filter((change) => change.action === action).length };
  });
  const parts = counts.filter(({ count }) => count > 0).map(({ action, count }) => `${count} to ${action}`);
  return parts.join(', ');
}

/** Things that the cloud itself keeps up to date, and nobody has changed. */
const BOOKKEEPING = /^(updated_at|created_at|revision_number|access_ip_v[46]|all_.*|.*_updated)$/;

function toChange(raw: RawChange, action: PlannedChange['action']): PlannedChange {
  const { before, after } = raw.change;
  const id = before?.id;
  const details = detailsOf(raw, action);
  const reason = raw.action_reason;
  return {
    address: raw.address,
    type: raw.type,
    name: nameOf(before) ?? nameOf(after) ?? raw.address,
    action,
    ...(reason !== undefined && { reason }),
    ...(typeof id === 'string' && { id }),
    attributes: attributesOf(raw, action),
    details,
    digest: jsonDigest([action, id, action === 'delete' ? null : wanted(raw), details]),
  };
}

/** What the configuration wants, without what the cloud has computed. */
function wanted({ change: { after, after_unknown: unknown = {} } }: RawChange): unknown {
  return Object.entries(after ?? {}).filter(([key]) => !BOOKKEEPING.test(key) && unknown[key] !== true);
}

/** Floating IPs have an address; rules of security groups have nothing but what they say. */
function nameOf(attributes: Attributes | null): string | undefined {
  if (!attributes) return undefined;
  const { name, address, description } = attributes;
  const found = [name, address, description].find((text) => typeof text === 'string' && text !== '');
  const rule = ruleName(attributes);
  return rule && found ? `${found} (${rule})` : ((found as string | undefined) ?? rule);
}

/** e.g. `ingress tcp 7077 from 10.77.0.0/24` */
function ruleName({ direction, protocol, ...rule }: Attributes): string | undefined {
  if (typeof direction !== 'string') return undefined;
  const { port_range_min: from, port_range_max: to, remote_ip_prefix: range, remote_group_id: group } = rule;
  const ports = from === to ? from || '' : `${from}-${to}`;
  const peer = range || (group ? `group ${group}` : '');
  const words = [direction, protocol, ports, peer && (direction === 'ingress' ? 'from' : 'to'), peer];
  return words.filter((word) => word !== '' && word !== undefined && word !== null).join(' ');
}

function attributesOf(raw: RawChange, action: PlannedChange['action']): string[] {
  if (action === 'replace') return [...new Set((raw.change.replace_paths ?? []).map((path) => String(path[0])))];
  return action === 'update' ? changedAttributes(raw) : [];
}

function changedAttributes({ change: { before, after, after_unknown: unknown } }: RawChange): string[] {
  if (!before || !after) return [];
  return Object.keys({ ...before, ...after }).filter(
    (key) =>
      unknown?.[key] !== true && !BOOKKEEPING.test(key) && withoutEmpty(before[key]) !== withoutEmpty(after[key]),
  );
}

/** Providers write an absent value in several ways. */
function withoutEmpty(value: unknown): string | undefined {
  const text = JSON.stringify(value, (_key, each: unknown) => (isEmpty(each) ? undefined : each));
  return isEmpty(value) ? undefined : text;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function detailsOf(raw: RawChange, action: PlannedChange['action']): AttributeChange[] {
  if (action !== 'update' && action !== 'replace') return [];
  const { before, after, after_unknown: unknown, before_sensitive, after_sensitive } = raw.change;
  const names = action === 'update' ? changedAttributes(raw) : attributesOf(raw, action);
  return names.map((attribute) => {
    if (isSensitive(before_sensitive, attribute) || isSensitive(after_sensitive, attribute))
      return { attribute, before: '(sensitive)', after: '(sensitive)' };
    const later = unknown?.[attribute] === true ? UNKNOWN : asText(after?.[attribute]);
    return { attribute, before: asText(before?.[attribute]), after: later };
  });
}

function isSensitive(marks: unknown, attribute: string): boolean {
  if (marks === true) return true;
  const mark = (marks as Attributes | null | undefined)?.[attribute];
  return mark !== undefined && mark !== false && JSON.stringify(mark).includes('true');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
}

function actionOf(actions: readonly string[]): PlannedChange['action'] | undefined {
  if (actions.includes('delete')) return actions.includes('create') ? 'replace' : 'delete';
  if (actions.includes('create')) return 'create';
  if (actions.includes('update')) return 'update';
  return actions.includes('read') ? 'read' : undefined;
}
