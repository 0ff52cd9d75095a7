#!/usr/bin/python3
"""nova-compute that does for LXC what it does for virtual machines."""

import eventlet
from nova import exception
from nova.cmd import compute
from nova.conf import CONF
from nova.virt.disk import api
from nova.virt.libvirt.driver import LibvirtDriver

# libvirt needs a running guest's root mounted to restart a guest that reboots itself (else it stays SHUTOFF), nova for
# its soft reboot. Destroying the server unmounts it and frees the loop device either way (disk_api.teardown_container).
api.clean_lxc_namespace = lambda container_dir: None

create_guest = LibvirtDriver._create_guest_with_network


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
                guest.pause()
    except eventlet.timeout.Timeout:
        if guest is not None:
            guest.poweroff()
        raise exception.VirtualInterfaceCreateException()
    if events:
        guest.resume()
    return guest


LibvirtDriver._create_guest_with_network = create_guest_when_network_is_ready
compute.main()
