import { hosts, libvirtConf, mariadbConf, mariadbInit, rabbitmqConf, resolvConf } from './base';
import type { ConfigContext } from './context';
import { designateConf, designatePools, namedConf, rndcKey } from './dns';
import { glanceConf, keystoneConf, placementConf } from './identity';
import { renderIni } from './ini';
import { dhcpConf, l3Conf, linuxbridgeConf, metadataConf, ml2Conf, neutronConf, secondAgentConf } from './neutron';
import { novaConf, novaDatabaseConf, secondNodeConf } from './nova';

/** Every file below /etc that the control plane needs, by its path from there. All of them may hold passwords. */
export function configFiles(context: ConfigContext): Record<string, string> {
  return {
    hosts: hosts(context),
    'resolv.conf': resolvConf(context.nameservers),
    'mysql/mariadb.conf.d/99-firesteel.cnf': mariadbConf(),
    'mysql/firesteel.sql': mariadbInit(context),
    'rabbitmq/rabbitmq.conf': rabbitmqConf(context),
    'libvirt/libvirtd.conf': libvirtConf(context),
    'keystone/keystone.conf': renderIni(keystoneConf(context)),
    'glance/glance-api.conf': renderIni(glanceConf(context)),
    'placement/placement.conf': renderIni(placementConf(context)),
    'nova/nova.conf': renderIni(novaConf(context)),
    'nova/nova-compute.conf': '',
    'nova/databases.conf': renderIni(novaDatabaseConf(context)),
    'nova/compute-2.conf': renderIni(secondNodeConf()),
    'neutron/neutron.conf': renderIni(neutronConf(context)),
    'neutron/plugins/ml2/ml2_conf.ini': renderIni(ml2Conf()),
    'neutron/plugins/ml2/linuxbridge_agent.ini': renderIni(linuxbridgeConf()),
    'neutron/compute-2.ini': renderIni(secondAgentConf()),
    'neutron/l3_agent.ini': renderIni(l3Conf()),
    'neutron/dhcp_agent.ini': renderIni(dhcpConf(context)),
    'neutron/metadata_agent.ini': renderIni(metadataConf(context)),
    ...(context.extras.includes('dns') ? dnsFiles(context) : {}),
  };
}

function dnsFiles(context: ConfigContext): Record<string, string> {
  return {
    'designate/designate.conf': renderIni(designateConf(context)),
    'designate/pools.yaml': designatePools(context),
    'bind/named.conf': namedConf(context),
    'bind/rndc.key': rndcKey(context),
  };
}
