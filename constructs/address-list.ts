/** Addresses that only Terraform knows, as the other end of traffic: a rule for each of them. */
export class AddressList {
  constructor(
    /** Stands for the list in construct ids: never change it. */
    readonly peerId: string,
    /** A list of IPv4 addresses that is known when Terraform plans, e.g. an attribute of a data source. */
    readonly addresses: string[],
  ) {}
}
