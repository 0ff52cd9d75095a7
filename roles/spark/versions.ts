/** A release of Spark that we run in our tests. */
export interface SparkVersion {
  /** SHA-256 of `pyspark-<version>.tar.gz` on PyPI: its source distribution, which holds all of Spark. */
  readonly sha256: string;
}

/** The one place that knows versions and checksums. Others can be had too: the plan then gives the checksum. */
export const SPARK_VERSIONS: Readonly<Record<string, SparkVersion>> = {
  '4.2.1': { sha256: 'd79b7c8ee41e66a9202fe6f600ca90b931ca571ae9dbdf31c58d2672e5102da0' },
  '3.5.9': { sha256: 'ea27adc39ddac9413b8951e45aa748cbed6c785971b81386efc41938f6243d93' },
};

/** The newest line that has had a patch release: x.y.0 is where a line's own bugs are found. */
export const DEFAULT_SPARK_VERSION = '4.2.1';

/** `4` of `4.2.1`. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** Whether a version such as `4.1.4` is the other one or a later one. */
export function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number));
  const different = a!.findIndex((part, index) => part !== b![index]);
  return different < 0 || a![different]! > b![different]!;
}
