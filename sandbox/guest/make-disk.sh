#!/bin/sh
# Makes a guest's root file system a disk image. $1: the root; $2: the qcow2 to make: one ext4 without a
# partition table. $3: its size, e.g. 2G.
set -eu
root=$1 disk=$2 raw=$2.raw
truncate -s "$3" "$raw"
mkfs.ext4 -q -F -m 0 -L cloudimg-rootfs -E lazy_itable_init=1,root_owner=0:0 -d "$root" "$raw"
# A guest's disk is a file of the host. Its own kernel need not wait until the host's disk has it (nobarrier), nor write all
# that is dirty whenever one file is synced (writeback): a guest outlives the end of any process, though not that of the host's power.
tune2fs -o nobarrier,journal_data_writeback "$raw" >/dev/null
qemu-img convert -O qcow2 "$raw" "$disk"
rm -f "$raw"
