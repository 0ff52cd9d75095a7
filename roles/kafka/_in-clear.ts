import type { Operation } from '../../operations/operation';
import { sh } from '../../operations/shell';
import type { NodeContext } from '../role';
import { KAFKA_UNIT } from './_install';
import { KAFKA_CONF } from './_login';

export interface KafkaInClearFact {
  /** It runs, and was configured when brokers did not speak TLS yet. */
  readonly runsInClear: boolean;
}

/**
 * Brokers that speak TLS and brokers that don't can't hear each other, so none of them may be changed while others run.
 * @throws {Error} when this one runs without TLS; it is left as it is
 */
export function notInClear({ cluster, nodesWith }: NodeContext): Operation<KafkaInClearFact> {
  return {
    kind: 'kafka-in-clear',
    name: 'TLS',
    fact: {
      script: sh`
        if grep -qs SASL_PLAINTEXT ${KAFKA_CONF} && systemctl is-active --quiet -- ${KAFKA_UNIT}; then echo in clear; fi
      `.text,
      parse: (stdout) => ({ runsInClear: stdout.trim() !== '' }),
      bare: { runsInClear: false },
    },
    changes({ runsInClear }) {
      if (!runsInClear) return [];
      const brokers = nodesWith('kafka').map(({ name }) => name);
      throw new Error(
        `Kafka runs here without TLS, which its brokers have to begin at the same time: ` +
          `\`firesteel restart ${cluster} ${brokers.join(' ')}\` once, and \`firesteel configure ${cluster}\` then`,
      );
    },
  };
}
