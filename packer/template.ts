/** What one build differs in from every other. */
export interface TemplateOptions {
  /** Of the server, and of the image until it is finished. */
  readonly name: string;
  /** Ids. */
  readonly sourceImage: string;
  readonly flavor: string;
  /** The server's only port. */
  readonly port: string;
  /** @default - the cloud's only one */
  readonly region?: string;
  readonly availabilityZone?: string;
  /** Whether the API's certificate is to be checked. @default true */
  readonly verify?: boolean;
  /** Login of the source image. */
  readonly user: string;
  /** Port of this machine's loopback address that leads to the server's SSH. */
  readonly sshPort: number;
  /** How long the server may take until SSH lets us in. */
  readonly sshSeconds: number;
  /** What cloud-init gets. */
  readonly userData: string;
}

/** Packer's own JSON form, which its versions 1.6 and newer all read. */
export interface PackerTemplate {
  readonly builders: readonly Readonly<Record<string, unknown>>[];
  readonly provisioners: readonly Readonly<Record<string, unknown>>[];
}

/** Files of the folder that Packer runs in; it is told them by these names. */
export const TEMPLATE_FILE = 'template.json';
export const KEY_FILE = 'key';
export const WAIT_FILE = 'wait';

/** Name of the build in Packer's output. */
export const BUILD = 'openstack';

/** Image property by which an image of a build is known before it has its name. */
export const BUILD_PROPERTY = 'firesteel_build';

/** Pause of about five seconds between them: the key is in place only when cloud-init has come so far. */
const HANDSHAKES = 200;

/**
 * What Packer is told. Its server wears a port that we made, which says network, address and security groups; nothing else
 * in the cloud is Packer's own but server and image, and both have our name. Who we are at the cloud is in no template:
 * Packer reads the `OS_*` variables.
 */
export function packerTemplate(options: TemplateOptions): PackerTemplate {
  const { name, sourceImage, flavor, port, region, availabilityZone, verify = true } = options;
  const server = {
    ...{ source_image: sourceImage, flavor, ports: [port], instance_name: name, user_data: options.userData },
    ...(region !== undefined && { region }),
    ...(availabilityZone !== undefined && { availability_zone: availabilityZone }),
    ...(!verify && { insecure: true }),
    instance_metadata: { [BUILD_PROPERTY]: name },
  };
  const image = { image_name: name, metadata: { [BUILD_PROPERTY]: name } };
  // A file of its own, so that Packer makes no key pair in the cloud.
  const ssh = {
    ...{ communicator: 'ssh', ssh_username: options.user, ssh_private_key_file: KEY_FILE },
    ...{ ssh_host: '127.0.0.1', ssh_port: options.sshPort },
    ...{ ssh_timeout: `${Math.ceil(options.sshSeconds)}s`, ssh_handshake_attempts: HANDSHAKES },
  };
  const builder = { type: 'openstack', name: BUILD, ...server, ...image, ...ssh };
  return { builders: [literal(builder)], provisioners: [waiter()] };
}

/** Packer's own script need not lie where programs may be run from. */
function waiter(): PackerTemplate['provisioners'][number] {
  const execute_command = ['/bin/sh', '-c', '{{.Vars}} /bin/sh {{.Script}}'];
  return { type: 'shell-local', command: `exec /bin/sh ./${WAIT_FILE}`, execute_command };
}

/** Packer fills in what stands between double braces. */
function literal<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll('{{', '{{`{{`}}') as T;
  if (Array.isArray(value)) return value.map(literal) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, literal(each)])) as T;
}

/** The one who may log in while the image is built. */
export function userDataFor(publicKey: string): string {
  return `#cloud-config\n${JSON.stringify({ ssh_authorized_keys: [publicKey] })}\n`;
}
