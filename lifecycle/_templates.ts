import { stringify } from 'yaml';
import type { AccessEntry } from './_access';

/** What `init` writes of a project's common environment. */
export interface CommonTemplate {
  readonly cloud: string | undefined;
  /** Path of a public key. */
  readonly publicKey: string;
  readonly access: readonly AccessEntry[];
  readonly network:
    | { readonly kind: 'new'; readonly external: string }
    | { readonly kind: 'existing'; readonly network: string; readonly subnet: string };
  readonly nameservers: readonly string[];
  /** Path of the JSON schema as seen from the file. */
  readonly schema: string | undefined;
}

export interface ClusterTemplate {
  readonly cloud: string | undefined;
  readonly common: string;
  readonly image: string;
  readonly flavor: string;
  readonly workers: number;
  /** false where no floating IPs are to be had. */
  readonly floatingIp: boolean;
  readonly schema: string | undefined;
}

export function commonYaml(template: CommonTemplate): string {
  return `${schemaLine(template.schema)}# What all environments of this project share: network, key pair, who may log in.
kind: common
${cloudLine(template.cloud)}
ssh:
  # Public half of the key that opens the nodes; the private half stays where it is (ssh-agent is asked first).
  publicKey: ${scalar(template.publicKey)}
  # authorizedKeys: ["ssh-ed25519 AAAA… colleague@example.org"]   # others who may log in
  # user: debian                                                   # login of the images, where it can't be known

# Who may reach SSH, and through it the web pages. Everybody else finds closed ports.
access:
${template.access.map(({ range, why }) => `  - ${range}   # ${why}`).join('\n')}

${networkLines(template)}`;
}

export function clusterYaml(template: ClusterTemplate): string {
  return `${schemaLine(template.schema)}# A Spark cluster: this file's name is the environment's, of its stack and of its host names.
kind: spark
${cloudLine(template.cloud)}
common: ${scalar(template.common)}

image: ${scalar(template.image)}
master:
  flavor: ${scalar(template.flavor)}
${template.floatingIp ? '' : '  floatingIp: false\n'}workers:
  flavor: ${scalar(template.flavor)}
  count: ${template.workers}

# What follows may be left away.
#
# spark:
#   version: "3.5.9"                 # in quotes; the default is the newest tested line
#   conf:
#     spark.executor.memory: 1g
#   packages:                        # Maven coordinates
#     - org.postgresql:postgresql:42.7.4
# python:
#   packages: [numpy]                # for jobs, on every node
# apt:
#   packages: [htop]
# bastion:                           # nodes without floating IPs are reached through it
#   flavor: ${scalar(template.flavor)}
# timeouts: { server: 10m, ssh: 5m, cloudInit: 10m, health: 3m }
`;
}

function networkLines({ network, nameservers }: CommonTemplate): string {
  const resolvers =
    nameservers.length > 0
      ? `  nameservers: [${nameservers.join(', ')}]\n`
      : "  # nameservers: [192.0.2.53]      # the cloud's own, if absent\n";
  if (network.kind === 'existing') {
    return `# A network that exists already, and its subnet that the nodes get their addresses from.
network:
  existing: ${scalar(network.network)}
  subnet: ${scalar(network.subnet)}
  # external: public              # where floating IPs come from
${resolvers}`;
  }
  return `# A network is made for the nodes; its router leads to the external one, which also gives the floating IPs.
network:
  external: ${scalar(network.external)}
  # cidr: 10.77.0.0/24
${resolvers}`;
}

function cloudLine(cloud: string | undefined): string {
  return cloud === undefined
    ? '# cloud: mycloud   # an entry of clouds.yaml; absent: the OS_* variables of the shell\n'
    : `cloud: ${scalar(cloud)}\n`;
}

function schemaLine(schema: string | undefined): string {
  return schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`;
}

/** A text as YAML, quoted where it has to be. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}
