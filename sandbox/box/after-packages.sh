#!/bin/sh
# Root file system of the control plane, after its packages: compiles their Python, on all cores.
set -eu
root=$1
rm "$root/usr/bin/py3compile"
chroot "$root" dpkg-divert --quiet --local --rename --remove /usr/bin/py3compile
# A package may hold files that are no Python 3, as templates or tests: they stay as they are.
chroot "$root" python3 -m compileall -q -q -j 0 /usr/lib/python3/dist-packages || true
