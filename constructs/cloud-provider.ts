import { OpenstackProvider } from '@cdktf/provider-openstack/lib/provider';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

export interface CloudProviderProps {
  /** Entry of clouds.yaml. @default - what the shell's `OS_*` variables say */
  readonly cloud?: string;
  /** @default - the cloud's */
  readonly region?: string;
  /** What resources name it by, where a stack has several; see `aliasOf`. @default - it is the one of all that name none */
  readonly alias?: string;
}

/** The bindings ask for the very version they were made from; what is synthesized fits all of these. */
export const PROVIDER_VERSIONS = '>= 1.54.1, < 4.0.0';

/** The cloud that a stack is deployed to. Credentials stay in clouds.yaml or the shell, never in the stack. */
export class CloudProvider extends OpenstackProvider {
  constructor(scope: Construct, id: string, props: CloudProviderProps = {}) {
    const { cloud, region, alias } = props;
    // Never `maxRetries`: with it the provider also repeats a request to make something whose answer got lost, and makes it twice.
    super(scope, id, {
      ...(cloud !== undefined && { cloud }),
      ...(region !== undefined && { region }),
      ...(alias !== undefined && { alias }),
    });
    TerraformStack.of(this).addOverride('terraform.required_providers.openstack.version', PROVIDER_VERSIONS);
  }
}

/** A region's name as Terraform wants names: of letters, digits, "_" and "-", not beginning with a digit. */
export function aliasOf(region: string): string {
  const clean = region.replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return /^[A-Za-z_]/.test(clean) ? clean : `r-${clean}`;
}
