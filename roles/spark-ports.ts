/** Every port of a Spark cluster; ranges are inclusive. Both the roles and Spark's configuration are made from it. */
export const SPARK_PORTS = {
  master: 7077,
  masterPage: 8080,
  worker: 7078,
  workerPage: 8081,
  history: 18080,
  /** Spark's own REST server for submitting; must be closed. */
  rest: 6066,
  /** RPC of a driver: one more for each that runs on the same node. */
  driver: [7200, 7215],
  /** Block managers of executors, then of drivers. */
  blocks: [7300, 7315],
  driverBlocks: [7316, 7331],
} as const;
