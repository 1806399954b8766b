import { RECORDED_UNPICTURED, type Unpictured } from '../../../ui/lens/no-picture-text';
import { countText } from '../../../ui/quantity';
import { fixedNumber, shortNumber } from './number-words';

/** Why there are no pictures of a run's first layer. */
export function noFiltersText({ status, step, origin }: Unpictured): string {
  if (origin === 'recorded') return RECORDED_UNPICTURED;
  switch (status) {
    case 'queued':
      return 'This run waits for its turn. Its filters appear as soon as it begins.';
    case 'loading':
    case 'compiling':
    case 'running':
    case 'paused':
      return 'The filters appear with the first step.';
    case 'done':
    case 'stopped':
    case 'failed':
      return step > 0
        ? 'This run kept no pictures of its first layer: it was made by an earlier version of the lab. Train it again to see them.'
        : 'This run ended before there was anything to picture.';
    default:
      return status satisfies never;
  }
}

/** How far a run's filters have come from their start, at the moment shown. */
export interface Moved {
  /** Of the run. */
  title: string;
  step: number;
  /** Root mean square of the change. */
  by: number;
  /** Root mean square of the weights before training. */
  from: number;
  /** How alike neighbouring weights have changed; NaN where that means nothing. */
  likeness: number;
}

/** How far the filters of one run, or of two, have moved. */
export function movedWords(moved: readonly Moved[]): string {
  const [first, second] = moved;
  if (!first) return '';
  const begun = moved.filter(({ by }) => by > 0);
  if (begun.length === 0) return 'These are the initial weights; nothing has moved yet.';
  const each = moved.map(
    ({ title, step, by, from }) =>
      `${title} by ${shortNumber(by, 2)} after step ${countText(step)} (${shortNumber((100 * by) / from, 2)}\u00a0% of the weights’ first size)`,
  );
  const ratio =
    second && begun.length === 2 && first.step === second.step
      ? `: ${shortNumber(first.by / second.by, 2)} times as far`
      : '';
  return `Root mean square change of the weights since the start: ${each.join('; ')}${ratio}.`;
}

/** How fine the detail is that training has drawn. */
export function detailWords(moved: readonly Moved[]): string {
  const told = moved.filter(({ likeness }) => Number.isFinite(likeness));
  if (told.length === 0) return '';
  const each = told.map(({ title, likeness }) => `${fixedNumber(likeness)} with ${title}`).join(', ');
  return `Correlation of neighbouring weights’ changes: ${each}; the lower, the finer the detail that is drawn.`;
}
