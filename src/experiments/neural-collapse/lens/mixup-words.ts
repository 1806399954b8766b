import { countOf } from '../../../ui/quantity';
import type { MixupDistances } from './mixup-plane';

const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;

/** Below this share of the smaller one two distances are told as alike. */
const ALIKE = 1.1;

/** Whether mixed images of two classes lie along the channel of the closed form or on the chord. */
export function mixupWords({ chord, curve, images }: MixupDistances): string {
  const measured = `${countOf(images, 'mixed image')} of two classes lie ${percent(chord)} of a side from the dashed chord on average`;
  if (curve === null) return `${measured}.`;
  const verdict =
    chord > ALIKE * curve
      ? 'nearer the channel than the chord'
      : curve > ALIKE * chord
        ? 'nearer the chord than the channel'
        : 'about as near either';
  return `${measured}, and ${percent(curve)} from the closed form’s curve: ${verdict}.`;
}

/**
 * What the picture is to be compared with.
 * @param mixup α of the run's Beta distribution; 0 where it mixes nothing
 * @param hasRoom whether there are features enough for a simplex frame
 * @param hasCurve whether the closed form is drawn
 */
export function mixupCaption(mixup: number, loss: unknown, hasRoom: boolean, hasCurve: boolean): string {
  const trained = mixup > 0 ? 'Trained with mixup.' : 'Trained without mixup: it never saw a mixed image.';
  return `${trained} ${lineWords(loss, hasRoom, hasCurve)}`;
}

function lineWords(loss: unknown, hasRoom: boolean, hasCurve: boolean): string {
  if (loss === 'mse') return 'With squared error the best features of mixed images lie on the chord itself.';
  if (!hasRoom)
    return 'There is no closed form to compare it with: these are too few features for a simplex of all classes.';
  return hasCurve
    ? 'The curve is where features do best on mixed labels, for a classifier on a simplex that is as long as this one and as sure of images that are not mixed.'
    : 'There is no curve yet: the network has not learnt enough.';
}
