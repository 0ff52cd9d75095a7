import type { NodeContext, NodeInfo } from '../role';
import { KAFKA_PORTS } from './ports';

/** Brokers of the clusters that other regions have. */
export function brokersElsewhere({ elsewhere }: NodeContext): readonly NodeInfo[] {
  return elsewhere.filter(({ roles }) => roles.includes('kafka'));
}

/** Where clients find the brokers of each other region: `10.1.0.3:9092,…` by the region's name. */
export function bootstrapElsewhere(context: NodeContext): ReadonlyMap<string, string> {
  const brokers = brokersElsewhere(context);
  const regions = [...new Set(brokers.map(({ region }) => region!))];
  return new Map(regions.map((name) => [name, bootstrap(brokers.filter(({ region }) => region === name))]));
}

/** `10.0.0.3:9092,10.0.0.4:9092` */
export function bootstrap(brokers: readonly NodeInfo[], port: number = KAFKA_PORTS.client): string {
  return brokers.map(({ address }) => `${address}:${port}`).join(',');
}
