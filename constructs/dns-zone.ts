import { DataOpenstackDnsZoneV2 } from '@cdktf/provider-openstack/lib/data-openstack-dns-zone-v2';
import { DnsRecordsetV2 } from '@cdktf/provider-openstack/lib/dns-recordset-v2';
import { DnsZoneV2 } from '@cdktf/provider-openstack/lib/dns-zone-v2';
import { Construct, type IConstruct } from 'constructs';

/** A zone of the cloud's DNS (Designate): one that is made by this stack, or one that the project has. */
export interface IDnsZone extends IConstruct {
  readonly zoneId: string;
  /** An A record of the zone; the construct's id is part of what people's states know, so it is no position in a list. */
  addAddress(id: string, record: DnsAddressOptions): void;
}

export interface DnsAddressOptions {
  /** Full name, with the dot at its end. */
  readonly name: string;
  /** IPv4 address that it leads to. */
  readonly address: string;
  /** How long an answer may be kept. */
  readonly ttlSeconds: number;
  /** For who reads the zone in the cloud. @default - none */
  readonly description?: string;
}

export interface DnsZoneProps {
  /** With the dot at its end, e.g. `iot.example.`. */
  readonly name: string;
  /** Who answers for the zone. */
  readonly email: string;
  /** Of the zone's own records. */
  readonly ttlSeconds: number;
  /** By which the cloud's DNS chooses the name servers. @default {} */
  readonly attributes?: Readonly<Record<string, string>>;
  /** For who reads the list of zones in the cloud. */
  readonly description: string;
}

/** A zone that is made, and deleted with all its records, with the stack. */
export class DnsZone extends Construct implements IDnsZone {
  readonly zoneId: string;

  /** One that the project has already: only the records in it are this stack's. */
  static fromName(scope: Construct, id: string, name: string): IDnsZone {
    return new FoundDnsZone(scope, id, (found) => new DataOpenstackDnsZoneV2(found, 'Resource', { name }).id);
  }

  /** As `fromName`, of several zones of one name. */
  static fromId(scope: Construct, id: string, zoneId: string): IDnsZone {
    return new FoundDnsZone(scope, id, () => zoneId);
  }

  constructor(scope: Construct, id: string, props: DnsZoneProps) {
    super(scope, id);
    const { name, email, ttlSeconds: ttl, description, attributes = {} } = props;
    this.zoneId = new DnsZoneV2(this, 'Resource', {
      ...{ name, email, ttl, description },
      ...(Object.keys(attributes).length > 0 && { attributes }),
    }).id;
  }

  addAddress(id: string, record: DnsAddressOptions): void {
    addRecord(this, id, record);
  }
}

class FoundDnsZone extends Construct implements IDnsZone {
  readonly zoneId: string;

  constructor(scope: Construct, id: string, zoneId: (found: Construct) => string) {
    super(scope, id);
    this.zoneId = zoneId(this);
  }

  addAddress(id: string, record: DnsAddressOptions): void {
    addRecord(this, id, record);
  }
}

function addRecord(zone: IDnsZone & Construct, id: string, record: DnsAddressOptions): void {
  const { name, address, ttlSeconds: ttl, description } = record;
  new DnsRecordsetV2(zone, id, {
    zoneId: zone.zoneId,
    name,
    type: 'A',
    records: [address],
    ttl,
    ...(description !== undefined && { description }),
  });
}
