import type { ClassFigures, Origin } from './placed-classes';

/** Three significant digits. */
const short = (value: number): string =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toString().replace('-', '−') : '?';

/** A share, in per cent. */
const percent = (share: number): string =>
  Number.isFinite(share)
    ? `${share < 0.0995 ? (100 * share).toFixed(1) : (100 * share).toFixed(0)}\u00a0%`
    : '?';

/** What is drawn of the chosen classes. */
export function projectionWords(classes: number, origin: Origin): string {
  const from = origin === 'mean' ? 'Features are taken from the mean of all class means. ' : '';
  return classes === 3
    ? `${from}Each class’s direction is a corner of a regular triangle that lies level; from above it is the projection of the papers. The height is what the three classes share, the sum of their coordinates ∕ √2, in the same measure.`
    : `${from}Each class’s direction is a corner of a regular tetrahedron around 0. What the four classes share is not drawn.`;
}

/** How far collapse has come, by the picture: in shares of the class means' length. */
export function collapseWords(figures: ClassFigures, hasCorners: boolean): string {
  const { meanLength, spread, cornerGap, rowGap } = figures;
  if (!(meanLength > 0)) return 'The class means lie at 0: there is no direction to speak of.';
  const samples = `Samples lie ${percent(spread / meanLength)} of the class means’ length from their class mean on average`;
  return hasCorners
    ? `${samples}, class means ${percent(cornerGap / meanLength)} from the corners, arrows’ tips ${percent(rowGap / meanLength)}.`
    : `${samples}.`;
}

/** The raw lengths, which the picture does not show alike. */
export const lengthWords = ({ meanLength, rowLength }: ClassFigures): string =>
  `In units of the features: class means ${short(meanLength)} long on average; classifier rows ${short(rowLength)}, drawn as long as the class means.`;
