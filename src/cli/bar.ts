import type { Card } from '../run/card';
import type { Reporter } from './reporter';
import { metricText, runName } from './summary';

const WIDTH = 24;
const CLEAR = '\r\u001b[K';

/** A bar that moves on a terminal, and makes room for `after` to say how the run ended. */
export function bar(card: Card, write: (text: string) => void, after: Reporter): Reporter {
  let name = '';
  return {
    start(id, planned, device) {
      name = runName(planned);
      after.start(id, planned, device);
    },
    batch({ phase, step }, recorder) {
      const total = recorder.facts?.totalSteps ?? 0;
      const share = total > 0 ? step / total : 0;
      const filled = Math.round(share * WIDTH);
      const hero = card.metrics[card.hero];
      const latest = recorder.series.latest(card.hero);
      const value = hero && latest !== undefined ? `  ${hero.label} ${metricText(hero, latest)}` : '';
      const steps = total > 0 ? `step ${step} of ${total}` : (phase.detail ?? '');
      const drawn = `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}]`;
      write(`${CLEAR}${name}  ${drawn} ${Math.floor(share * 100)} %  ${phase.phase} ${steps}${value}`);
    },
    end(id, outcome, recorder) {
      write(CLEAR);
      after.end(id, outcome, recorder);
    },
  };
}
