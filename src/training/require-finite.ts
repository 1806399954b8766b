import { DivergedError } from '../run/diverged-error';

/**
 * Lets a step of a training pass whose loss and gradients are finite numbers.
 * @param nonFinite as an optimizer tells it: 0, or 1 and more for the parameter whose gradient is not finite
 * @param parameterName what that parameter is called
 * @throws DivergedError otherwise.
 */
export function requireFinite(
  step: number,
  { loss, nonFinite }: Readonly<Record<'loss' | 'nonFinite', number>>,
  parameterName: (nonFinite: number) => string,
): void {
  if (nonFinite > 0) throw new DivergedError(`The gradient of ${parameterName(nonFinite)}`, step);
  if (!Number.isFinite(loss)) throw new DivergedError('The training loss', step);
}
