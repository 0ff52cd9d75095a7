#!/usr/bin/python3
"""nova-compute that does for LXC what it does for virtual machines."""

import glob
import os
import signal

import eventlet
import libvirt
import nova.monkey_patch  # before all else of nova: a lock that is made first would stop all green threads, not one
import nova.privsep.fs
from nova import exception
from nova.cmd import compute
from nova.conf import CONF
from nova.virt.disk import api
from nova.virt.libvirt.driver import LibvirtDriver
from nova.virt.libvirt.guest import Guest

# libvirt needs a running guest's root mounted to restart a guest that reboots itself (else it stays SHUTOFF), nova for
# its soft reboot. Destroying the server unmounts it and frees the loop device either way (disk_api.teardown_container).
api.clean_lxc_namespace = lambda container_dir: None

RELEASED_SECONDS = 30
setup_container = api.setup_container
teardown_container = api.teardown_container


def loop_devices(container_dir):
    """Those of a server's disk, by what they lead to: the number that nova remembers may be another server's by now."""
    end = f"/{os.path.basename(os.path.dirname(container_dir))}/disk"
    devices = []
    for file in glob.glob("/sys/block/loop*/loop/backing_file"):
        try:
            with open(file, encoding="utf8") as backing:
                if backing.read().strip().removesuffix(" (deleted)").endswith(end):
                    devices.append("/dev/" + file.split("/")[3])
        except OSError:  # gone meanwhile
            pass
    return devices


def unused_loop_devices(container_dir):
    """Waits until the kernel has let go of a server's disk: its last processes end after libvirt has said it is off.

    Returns what it has not let go of.
    """
    for _ in range(RELEASED_SECONDS * 10):
        devices = loop_devices(container_dir)
        if not devices:
            break
        eventlet.sleep(0.1)
    return devices


def setup_unmounted_container(image, container_dir):
    """Mounts a server's disk. A second mount beside the first would see old data, and destroy the new."""
    devices = unused_loop_devices(container_dir)
    if devices:
        raise exception.NovaException(f"The disk {image.path} is still in use by {', '.join(devices)}")
    return setup_container(image, container_dir)


def teardown_own_container(container_dir, container_root_device=None):
    """Unmounts a server's disk, and lets go of its loop device."""
    teardown_container(container_dir)
    for device in loop_devices(container_dir):
        try:
            nova.privsep.fs.loopremove(device)
        except Exception:  # gone meanwhile
            api.LOG.debug("%s is detached already", device)
    unused_loop_devices(container_dir)


api.setup_container = setup_unmounted_container
api.teardown_container = teardown_own_container

create_guest = LibvirtDriver._create_guest_with_network


def freeze(guest):
    """Returns whether the guest is frozen: libvirt gives up after a second, too early where many start at once.

    One that runs on asks for its metadata twice.
    """
    try:
        guest.pause()
    except libvirt.libvirtError as error:
        api.LOG.warning("%s runs before its network is ready (%s)", guest.name, error)
        return False
    return True


def create_guest_when_network_is_ready(
    self, context, xml, instance, network_info, block_device_info, power_on=True, vifs_already_plugged=False, **options
):
    """Lets the guest run once its ports are up and filtered; LXC can't start paused, so it is frozen at once.

    A connection that began before its port's filters has the wrong conntrack zone: its answers are dropped, and the
    first question for metadata waits in vain for five seconds.
    """
    waits = power_on and not vifs_already_plugged
    events = self._get_neutron_events(network_info) if waits else []
    guest = None
    frozen = False
    try:
        with self.virtapi.wait_for_instance_event(
            instance, events, deadline=CONF.vif_plugging_timeout, error_callback=self._neutron_failed_callback
        ):
            guest = create_guest(
                self,
                context,
                xml,
                instance,
                network_info,
                block_device_info,
                power_on=power_on,
                vifs_already_plugged=vifs_already_plugged,
                **options,
            )
            if events:
                frozen = freeze(guest)
    except eventlet.timeout.Timeout:
        if guest is not None:
            guest.poweroff()
        raise exception.VirtualInterfaceCreateException()
    if frozen:
        guest.resume()
    return guest


LibvirtDriver._create_guest_with_network = create_guest_when_network_is_ready

POWER_OFF = signal.SIGRTMIN + 4  # what systemd as PID 1 takes for poweroff.target, see systemd(1)
shutdown = Guest.shutdown


def shutdown_all_the_same(self):
    """Shuts a guest down, also one that libvirt has lost touch with as it started.

    On a busy machine that is some of a hundred: libvirt then knows no init process, refuses to shut the guest down, and
    does not see it end. Nova would cut the power instead, and what ran in the guest would lose its work.
    """
    try:
        shutdown(self)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
            raise
        api.LOG.warning("libvirt does not shut %s down (%s): its init process is told", self.name, error)
        controller = f"/proc/{self.id}"  # libvirt's number of a running container is its controller's process
        try:
            with open(f"{controller}/task/{self.id}/children", encoding="utf8") as children:
                for init in children.read().split():
                    os.kill(int(init), POWER_OFF)
        except (FileNotFoundError, ProcessLookupError):  # it ends by itself, just now
            pass
        for _ in range(CONF.shutdown_timeout * 10):
            if not os.path.exists(controller):
                self._domain.destroy()  # it has ended: this tells libvirt
                return
            eventlet.sleep(0.1)


Guest.shutdown = shutdown_all_the_same
compute.main()
