/** Every port of a Kafka node. They lie side by side, so that what brokers ask of each other is one rule. */
export const KAFKA_PORTS = {
  client: 9092,
  /** Brokers to brokers. */
  broker: 9093,
  /** Controllers to each other, and brokers to them. */
  controller: 9094,
} as const;
