/** Every port of a ZooKeeper server. */
export const ZOOKEEPER_PORTS = {
  client: 2181,
  /** Followers to their leader. */
  peer: 2888,
  /** All to all, for elections. */
  election: 3888,
} as const;
