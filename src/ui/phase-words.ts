import type { PhaseTimes } from '../run/phase-clock';
import type { LabRun } from './lab-run.svelte';
import { countOf } from './quantity';

const LABELS: readonly (readonly [keyof PhaseTimes, string])[] = [
  ['loading', 'Loading data'],
  ['pretraining', 'Training what it compares with'],
  ['compiling', 'First steps and compiling'],
  ['evaluating', 'Measuring'],
  ['saving', 'Writing checkpoints'],
];

/**
 * Where a run's time went besides training, as terms and values. How long one measurement takes stands beside an epoch of
 * training, which it should cost less than.
 */
export function phaseLines({
  phases,
  facts,
  trainMs,
  step,
}: Pick<LabRun, 'phases' | 'facts' | 'trainMs' | 'step'>): [term: string, value: string][] {
  return LABELS.flatMap(([phase, label]): [string, string][] => {
    const spent = phases?.[phase];
    if (!spent || spent.ms < 1) return [];
    if (phase !== 'evaluating') return [[label, secondsText(spent.ms)]];
    const each = `${secondsText(spent.ms)}, ${countOf(spent.entered, 'time')} ${secondsText(spent.ms / spent.entered)}`;
    const epochs = facts && (step * facts.batchSize) / facts.epochExamples;
    return epochs && trainMs > 0
      ? [
          [label, each],
          ['Training for one epoch', secondsText(trainMs / epochs)],
        ]
      : [[label, each]];
  });
}

const secondsText = (ms: number): string => `${Number((ms / 1000).toPrecision(2))}\u00a0s`;
