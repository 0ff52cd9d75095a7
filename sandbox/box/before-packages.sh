#!/bin/sh
# Root file system of the control plane, before its packages: nothing may ask, start or touch a data base at install time.
set -eu
root=$1
for package in keystone glance-api glance-common placement-api placement-common nova-common nova-api nova-compute \
  neutron-common neutron-api; do
  for question in configure_db dbconfig-install register-endpoint register_endpoint create-admin-tenant admin-tenant start_service; do
    echo "$package $package/$question boolean false"
  done
done | chroot "$root" debconf-set-selections

# Hundreds of Python packages would each start an interpreter to compile themselves: after-packages.sh does it once.
chroot "$root" dpkg-divert --quiet --local --rename --divert /usr/bin/py3compile.real --add /usr/bin/py3compile
printf '#!/bin/sh\nexit 0\n' >"$root/usr/bin/py3compile"
chmod 755 "$root/usr/bin/py3compile"
