import { defaultUser } from '../../cloud/default-user';

test.each<[string, Record<string, string>, string | undefined]>([
  ['Debian 12', {}, 'debian'],
  ['debian-12-generic-amd64-20260101', {}, 'debian'],
  ['Ubuntu 24.04 LTS (Noble Numbat)', {}, 'ubuntu'],
  ['Rocky-9-GenericCloud', {}, 'rocky'],
  ['AlmaLinux 9', {}, 'almalinux'],
  ['CentOS-7-x86_64', {}, 'centos'],
  ['CentOS Stream 9', {}, 'cloud-user'],
  ['x', { os_distro: 'centos', os_version: '9' }, 'cloud-user'],
  ['x', { os_distro: 'centos', os_version: '7' }, 'centos'],
  ['Fedora 42', {}, 'fedora'],
  ['Fedora CoreOS 42', {}, 'core'],
  ['RHEL 9', {}, 'cloud-user'],
  ['openSUSE Leap 15.6', {}, 'opensuse'],
  ['SLES 15', {}, 'sles'],
  ['cirros-0.6.2', {}, 'cirros'],
  ['my own image', { os_distro: 'ubuntu' }, 'ubuntu'],
  ['Debian-looking name', { os_distro: 'rocky' }, 'rocky'],
  ['Debian 12', { os_admin_user: 'ops' }, 'ops'],
  ['Debian 12', { image_original_user: 'ops' }, 'ops'],
  ['Debian 12', { os_admin_user: 'root' }, 'debian'],
  ['my research archive', {}, undefined],
  ['', {}, undefined],
])('%s %j: %s', (name, properties, login) => {
  expect(defaultUser({ name, properties })).toBe(login);
});
