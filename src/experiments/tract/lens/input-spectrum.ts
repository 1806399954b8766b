import type { Snapshot } from '../../../run/snapshot';
import { foldText, ordinal, shortNumber } from './number-words';

/** How much the inputs of a first layer vary along each direction, and what TrAct makes of it. */
export interface InputSpectrum {
  /** Of C = xᵀx / rows, largest first. */
  eigenvalues: ArrayLike<number>;
  /** Inputs of the layer. Where there are fewer eigenvalues the sample does not vary along the other directions at all. */
  inputs: number;
  lambda: number;
}

/** The eigenvalues of a snapshot; null where it holds something else. */
export const eigenvaluesIn = ({ arrays: { eigenvalues } }: Snapshot): ArrayLike<number> | null =>
  eigenvalues && eigenvalues.values.length > 0 ? eigenvalues.values : null;

/** λmax and λmin of C over all directions. */
export function extremes({ eigenvalues, inputs }: InputSpectrum): { largest: number; smallest: number } {
  const smallest = eigenvalues.length < inputs ? 0 : (eigenvalues[eigenvalues.length - 1] ?? NaN);
  return { largest: eigenvalues[0] ?? NaN, smallest };
}

/** (λmax + λ) / (λmin + λ), the condition number of what TrAct solves with; without λ that of C alone. */
export function conditionNumber(spectrum: InputSpectrum, lambda = spectrum.lambda): number {
  const { largest, smallest } = extremes(spectrum);
  return (largest + lambda) / (smallest + lambda);
}

/** How many times more TrAct damps the direction of a rank, from 1, than the direction along which inputs vary least. */
export function damping(spectrum: InputSpectrum, rank: number): number {
  const { eigenvalues, lambda } = spectrum;
  return ((eigenvalues[rank - 1] ?? 0) + lambda) / (extremes(spectrum).smallest + lambda);
}

/** First rank that is damped less than twice as much as the last; `inputs` + 1 where none is. */
export function firstHardlyDamped(spectrum: InputSpectrum): number {
  for (let rank = 1; rank <= spectrum.inputs; rank++) if (damping(spectrum, rank) < 2) return rank;
  return spectrum.inputs + 1;
}

/** What λ does to the directions of the inputs. */
export function spectrumWords(spectrum: InputSpectrum, trainsWithIt: boolean): string {
  const { lambda, inputs } = spectrum;
  const { largest, smallest } = extremes(spectrum);
  const free = firstHardlyDamped(spectrum);
  const middle = Math.round(Math.sqrt(free));
  const [divides, damps] = trainsWithIt ? ['divides', 'is damped'] : ['would divide', 'would be damped'];
  const between =
    middle > 1 && middle < free
      ? `, along the ${ordinal(middle)} ${foldText(damping(spectrum, middle))}`
      : '';
  const rest =
    free > inputs
      ? ''
      : free === 1
        ? ', like all others'
        : `, from the ${ordinal(free)} on less than twofold`;
  return (
    `With λ = ${shortNumber(lambda)}, TrAct ${divides} the gradient along each direction by its eigenvalue + λ: ` +
    `by ${shortNumber(largest + lambda, 2)} along the largest of ${inputs}, by ${shortNumber(smallest + lambda, 2)} along the smallest. ` +
    `Against the smallest, the gradient along the largest ${damps} ${foldText(damping(spectrum, 1))}${between}${rest}.`
  );
}

/** How badly conditioned the inputs are, without λ and with it. */
export function conditionWords(spectrum: InputSpectrum): string {
  const alone = conditionNumber(spectrum, 0);
  const bare = Number.isFinite(alone) ? shortNumber(alone) : 'infinite';
  return `Condition number (λmax + λ) / (λmin + λ) = ${shortNumber(conditionNumber(spectrum))}; that of C alone is ${bare}.`;
}
