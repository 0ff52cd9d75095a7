/**
 * Every port of a Spark cluster; ranges are inclusive. Both the roles and Spark's configuration are made from it. What a
 * peer may reach lies side by side, from the artifacts' port (7078) on, so that it takes one rule of a security group.
 */
export const SPARK_PORTS = {
  master: 7077,
  masterPage: 8080,
  worker: 7127,
  workerPage: 8081,
  history: 18080,
  /** Of a driver: one more for each that runs on the same node. */
  driverPage: [4040, 4055],
  /** Spark Connect's server. */
  connect: 15002,
  /** Spark's own REST server for submitting; must be closed. */
  rest: 6066,
  /** RPC of a driver: one more for each that runs on the same node. */
  driver: [7079, 7094],
  /** Block managers of drivers, then of executors. */
  driverBlocks: [7095, 7110],
  blocks: [7111, 7126],
} as const;
