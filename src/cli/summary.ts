import type { Card, MetricInfo } from '../run/card';
import type { PlannedRun } from '../run/plan';
import type { Reporter } from './reporter';

export const runName = ({ variant, seed }: PlannedRun): string => `${variant}, seed ${seed}`;

/** A value as its metric is printed, for example `59.0 %`. */
export function metricText({ unit, decimals }: MetricInfo, value: number): string {
  const shown = unit === '%' ? 100 * value : value;
  const text = decimals === undefined ? String(Number(shown.toPrecision(4))) : shown.toFixed(decimals);
  return unit === '' ? text : `${text} ${unit}`;
}

/** For people: one line for each run, once it has ended. */
export function summaries(card: Card, write: (text: string) => void): Reporter {
  let name = '';
  let where = '';
  return {
    start(_id, planned, device) {
      name = runName(planned);
      where = device.adapter;
    },
    batch: () => undefined,
    end(_id, outcome, { step, trainMs }) {
      const results = Object.entries(outcome.status === 'done' ? outcome.summary : {}).flatMap(
        ([metric, value]) => {
          const info = card.metrics[metric];
          return info && value !== undefined ? [`${info.label} ${metricText(info, value)}`] : [];
        },
      );
      const numbers = results.length > 0 ? `: ${results.join(', ')}` : '';
      const seconds = (trainMs / 1000).toFixed(1);
      write(`${name}: ${outcome.status}, ${step} steps in ${seconds} s of training on ${where}${numbers}\n`);
    },
  };
}
