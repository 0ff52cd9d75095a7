import { z } from 'zod';
import { roleSettings } from '../role-settings';
import type { Settings } from '../settings';

const topic = z.strictObject({
  name: z
    .string()
    .regex(/^(?!__)(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'must be up to 249 of A-Z, a-z, 0-9, ".", "_" and "-"')
    .describe("Its name; those that begin with two underscores are Kafka's own."),
  partitions: z.number().int().min(1).max(10_000).default(1).describe('How many consumers of a group can share it.'),
  replication: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('On how many brokers each partition lies; absent: on three, or on all where there are fewer.'),
});

/** What a plan may say under `settings.kafka`. */
export const KAFKA_SETTINGS = z.strictObject({
  heapMiB: z
    .number()
    .int()
    .min(128)
    .optional()
    .describe("Heap of a broker in MiB; absent: a quarter of its share of the node's memory, from 192 to 4096."),
  retentionHours: z.number().int().min(1).default(168).describe('How long a record is kept.'),
  retentionMiB: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('How much of one partition is kept at most, in MiB; absent: all that is young enough.'),
  topics: z
    .array(topic)
    .refine((topics) => new Set(topics.map(({ name }) => name)).size === topics.length, 'names a topic twice')
    .default([])
    .describe('Topics that are made where they are missing; none is ever changed or removed.'),
});

export type KafkaSettings = z.output<typeof KAFKA_SETTINGS>;

export function kafkaSettings(settings: Settings): KafkaSettings {
  return roleSettings(settings, 'kafka', KAFKA_SETTINGS);
}

/** Why so many brokers can't hold the plan's topics; undefined where they can. */
export function topicsConflict(settings: Settings, brokers: number): string | undefined {
  const tooMany = kafkaSettings(settings).topics.find(({ replication = 1 }) => replication > brokers);
  return (
    tooMany &&
    `settings.kafka.topics: ${tooMany.name} is to lie on ${tooMany.replication} brokers and there are ${brokers}: ` +
      'give it a smaller replication, or leave that out'
  );
}
