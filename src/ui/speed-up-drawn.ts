import type { Card } from '../run/card';
import type { PlannedRun } from '../run/plan';
import type { XAxis } from '../run/x-axis';
import { applies, type Spec } from '../spec/knob';
import type { Bracket, Remark } from './charts/bracket';
import { readSpeedUp } from './speed-up';
import { pairsOfBudgets } from './speed-up-of-budgets';
import { pairsOfRuns, type PairableRun, type PlannedPairs } from './speed-up-of-runs';
import {
  speedUpLabel,
  speedUpSentence,
  tellingOfBudgets,
  tellingOfRuns,
  type Telling,
} from './speed-up-words';
import type { ChartedSweep } from './sweep';
import type { SweepPicture } from './sweep-picture';

/** A speed-up as a chart shows it. */
export interface DrawnSpeedUp {
  /** Absent until it can be read off. */
  bracket?: Bracket;
  remark: Remark;
}

interface Scene {
  card: Card;
  runs: readonly PairableRun[];
  plan: readonly PlannedRun[];
}

/** The card's speed-up along the curves of its metric; null where the setting does not ask for it. */
export function curveSpeedUp({ card, runs, plan }: Scene, base: Spec, axis: XAxis): DrawnSpeedUp | null {
  const { speedUp } = card;
  if (!speedUp || !applies(speedUp, base)) return null;
  const paired = pairsOfRuns(speedUp, { runs, plan }, axis);
  return paired && drawn(paired, tellingOfRuns(card, speedUp, axis));
}

/**
 * The card's speed-up between the lines of a sweep over budgets; null where its chart does not show it.
 * @param seeds how many there will be
 */
export function budgetSpeedUp(
  card: Card,
  sweep: ChartedSweep,
  picture: SweepPicture,
  seeds: number,
): DrawnSpeedUp | null {
  const { speedUp } = card;
  const knob = card.knobs[sweep.knob];
  const paired = sweep.chart.speedUp && speedUp ? pairsOfBudgets(card, speedUp, picture, seeds) : null;
  if (!speedUp || !knob || !paired) return null;
  return drawn(paired, tellingOfBudgets(card, speedUp, knob, paired.budget));
}

function drawn({ pairs, planned }: PlannedPairs, telling: Telling): DrawnSpeedUp {
  const reading = readSpeedUp(pairs, planned);
  return {
    ...(reading.kind === 'read' && {
      bracket: {
        ...{ from: reading.from, to: reading.to, y: reading.level },
        label: speedUpLabel(reading, telling.spending),
        readings: reading.readings.length > 1 ? reading.readings : [],
      },
    }),
    remark: {
      text: speedUpSentence(reading, telling),
      more: { title: 'How it is read', text: telling.how },
    },
  };
}
