/** What of an image tells its login. */
export interface ImageIdentity {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Logins that the distributions' own cloud images create (cloud-init's `default_user`), by Glance's `os_distro` or a word
 * of the image's name. Sources: cloud-init's config/cloud.cfg.tmpl, which makes the login the distribution's name but for
 * those that differ here; CentOS Stream's and RHEL's images set `cloud-user`; CentOS up to 8 set `centos`; Amazon's
 * `ec2-user`; openSUSE's OpenStack images log in as `opensuse`, SUSE's as `sles`; FreeBSD's as `freebsd`; CirrOS `cirros`.
 */
const LOGINS: readonly (readonly [RegExp, string])[] = [
  [/debian/, 'debian'],
  [/ubuntu/, 'ubuntu'],
  [/rocky/, 'rocky'],
  [/alma/, 'almalinux'],
  [/centos[\s_-]*stream|centos[\s_-]*(9|10)\b/, 'cloud-user'],
  [/centos/, 'centos'],
  [/fedora[\s_-]*coreos|flatcar|coreos/, 'core'],
  [/fedora/, 'fedora'],
  [/rhel|red[\s_-]*hat/, 'cloud-user'],
  [/oracle|^ol$/, 'cloud-user'],
  [/open[\s_-]*suse/, 'opensuse'],
  [/sles|suse/, 'sles'],
  [/amazon|amzn/, 'ec2-user'],
  [/\barch(linux)?\b/, 'arch'],
  [/alpine/, 'alpine'],
  [/gentoo/, 'gentoo'],
  [/freebsd/, 'freebsd'],
  [/cirros/, 'cirros'],
];

/**
 * The login of an image: what its properties name (`os_admin_user` is Glance's; `image_original_user` and
 * `default_user` are widespread), else what its distribution's images use; undefined where neither is known.
 */
export function defaultUser(image: ImageIdentity): string | undefined {
  const { os_admin_user, image_original_user, default_user, os_distro = '', os_version = '' } = image.properties;
  const named = os_admin_user ?? image_original_user ?? default_user;
  // Glance's own list gives `root` as an example of os_admin_user; cloud images let nobody in as root.
  if (named && named !== 'root') return named;
  const byProperty = os_distro && loginOf(`${os_distro} ${os_version}`);
  return byProperty || loginOf(image.name);
}

function loginOf(text: string): string | undefined {
  return LOGINS.find(([pattern]) => pattern.test(text.toLowerCase()))?.[1];
}
