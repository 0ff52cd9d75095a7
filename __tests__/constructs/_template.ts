import { TerraformStack, Testing } from 'cdktf';
import { CloudProvider } from '../../constructs/cloud-provider';

export type Block = Readonly<Record<string, unknown>>;
type ByTypeAndName = Readonly<Record<string, Readonly<Record<string, Block>>>>;

export interface SynthesizedJson {
  readonly resource?: ByTypeAndName;
  readonly data?: ByTypeAndName;
  readonly output?: Readonly<Record<string, Block>>;
  readonly provider: Block;
  readonly terraform: { readonly required_providers: Block; readonly backend: Block };
}

/** What a stack synthesizes to, in the form that assertions ask it. */
export class Template {
  constructor(readonly json: SynthesizedJson) {}

  /** Resources of a type, e.g. `networking_port_v2`. */
  resources(type: string): Block[] {
    return bodies(this.json.resource?.[`openstack_${type}`]);
  }

  resource(type: string): Block {
    return only(type, this.resources(type));
  }

  dataSources(type: string): Block[] {
    return bodies(this.json.data?.[`openstack_${type}`]);
  }

  dataSource(type: string): Block {
    return only(type, this.dataSources(type));
  }

  /** Logical names of the resources of a type. */
  names(type: string): string[] {
    return Object.keys(this.json.resource?.[`openstack_${type}`] ?? {}).sort();
  }

  /** Rules as short sentences, e.g. `ingress tcp 22-22 203.0.113.0/24`. */
  rules(): string[] {
    return this.resources('networking_secgroup_rule_v2').map(ruleText).sort();
  }
}

/** @param build adds to a stack named `dev` that has its provider */
export function synthesize(build: (stack: TerraformStack) => void): Template {
  const stack = new TerraformStack(Testing.app(), 'dev');
  new CloudProvider(stack, 'openstack');
  build(stack);
  return templateOf(stack);
}

export function templateOf(stack: TerraformStack): Template {
  return new Template(JSON.parse(Testing.synth(stack, true)));
}

function bodies(byName: Readonly<Record<string, Block>> | undefined): Block[] {
  return Object.values(byName ?? {}).map(({ '//': _, ...body }) => body);
}

function only(type: string, found: Block[]): Block {
  if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
  return found[0]!;
}

function ruleText(rule: Block): string {
  const ports = rule.port_range_min === undefined ? '*' : `${rule.port_range_min}-${rule.port_range_max}`;
  const owner = nameOf(rule.security_group_id);
  const peer = rule.remote_ip_prefix ?? nameOf(rule.remote_group_id);
  return `${owner} ${rule.direction} ${rule.protocol} ${ports} ${peer}`;
}

/** `firewall_worker` of `${openstack_networking_secgroup_v2.firewall_worker_5B91060D.id}`. */
function nameOf(reference: unknown): string {
  return String(reference).replace(/^\$\{(data\.)?openstack_networking_secgroup_v2\.(.*)_[0-9A-F]{8}\.id\}$/, '$2');
}
