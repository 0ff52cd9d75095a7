import { z } from 'zod';
import { duration } from './_fields';

/** Where the cloud's DNS (Designate) knows the nodes, as the user writes it. */
export interface DnsSpec {
  /** Zone of the names that lead to floating IPs. @default - the world finds no node by a name */
  readonly public?: string | DnsZoneSpec;
  /** Zone of the names that lead to fixed addresses. @default - nodes know each other from their /etc/hosts alone */
  readonly private?: string | DnsZoneSpec;
  /** How long an answer may be kept: seconds, or `90s`, `10m`, `1h`. @default 300 */
  readonly ttl?: number | string;
}

export interface DnsZoneSpec {
  /** e.g. `iot.example`, with or without the dot at the end. */
  readonly zone: string;
  /** The project has it already, and keeps it; its id, where it has several of the name. @default false, it is made with the cluster and deleted with it */
  readonly existing?: boolean | string;
  /** Who answers for a new zone. @default - hostmaster in the zone */
  readonly email?: string;
  /** By which the cloud's DNS chooses the name servers (the pool) of a new zone. @default {} */
  readonly attributes?: Readonly<Record<string, string>>;
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/;

const zoneName = z.string().refine(isZoneName, {
  error: (issue) =>
    `"${issue.input}" is no zone: write at least two labels of lower-case letters, digits and hyphens, such as iot.example`,
});

const zone = z.union([
  zoneName,
  z.strictObject({
    zone: zoneName.describe('Name of the zone, such as iot.example.'),
    existing: z
      .union([z.boolean(), z.uuid()])
      .default(false)
      .describe('The project has it already, and keeps it; its id, where it has several of the name.'),
    email: z.email().optional().describe('Who answers for a new zone; absent: hostmaster in the zone.'),
    attributes: z
      .record(z.string(), z.string())
      .default({})
      .describe("By which the cloud's DNS chooses the name servers of a new zone."),
  }),
]);

export const dnsSchema = z
  .strictObject({
    public: zone.optional().describe('Zone of the names that lead to floating IPs.'),
    private: zone.optional().describe('Zone of the names that lead to fixed addresses.'),
    ttl: duration.optional().describe('How long an answer may be kept; absent: 300 seconds.'),
  })
  .optional()
  .describe("Zones of the cloud's DNS (Designate) in which the nodes have records; absent: none.");

/** Designate takes no zone of one label. */
function isZoneName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return labels.length > 1 && text.length <= 254 && labels.every((label) => LABEL.test(label));
}
