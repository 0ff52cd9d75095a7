import { packerMissing, tryPackerVersion, tryPluginMissing, wrongVersion } from '../../packer/program';

test('the version, with what newer ones say besides', () => {
  expect(tryPackerVersion('Packer v1.6.6\n')).toBe('1.6.6');
  expect(tryPackerVersion('Packer v1.11.2\n\nYour version of Packer is out of date!\n')).toBe('1.11.2');
});

test('refuses another program of that name, and says how to get the right one', () => {
  expect(tryPackerVersion('0 0\n')).toBeUndefined();
  expect(packerMissing('/usr/sbin/packer')).toMatch(
    /^"\/usr\/sbin\/packer" is not HashiCorp's Packer, .*apt-get install packer/,
  );
  expect(packerMissing()).toMatch(/^Packer is not installed.*packer plugins install github.com\/hashicorp\/openstack/);
});

test('refuses what is too old to read the template', () => {
  expect(wrongVersion('1.6.6')).toBeUndefined();
  expect(wrongVersion('1.11.2')).toBeUndefined();
  expect(wrongVersion('1.5.4')).toMatch(/^Packer 1\.5\.4 is too old, 1\.6 or newer is needed/);
});

test('a missing plugin is told from other reasons', () => {
  const said = `Error: Failed to initialize build "openstack"

error: The builder openstack is unknown by Packer, and is likely part of a plugin
that is not installed.`;
  expect(tryPluginMissing(said, '1.11.2')).toMatch(
    /^Packer 1\.11\.2 has no plugin for OpenStack: install it with "packer plugins install/,
  );
  expect(tryPluginMissing('Error: 1 error(s) occurred:\n* A flavor must be specified', '1.11.2')).toBeUndefined();
});
