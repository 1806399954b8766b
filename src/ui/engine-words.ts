import type { VariantChoice } from '../engine/engine-report';
import type { ReportedFacts } from '../run/protocol';

/** How the device computed a run, as terms and values; none for records of earlier versions. */
export function engineLines({ engine, details }: ReportedFacts): [term: string, value: string][] {
  if (!engine) return [];
  const { captured, features, kernels, variants, notes } = engine;
  const lines: [string, string][] = [];
  if (captured && !Object.hasOwn(details, CAPTURED))
    lines.push([CAPTURED, captured.captured ? 'yes' : `no: ${captured.reason}`]);
  if (kernels.length > 0) lines.push(['Kernels', `${kernels.length} of ours${choicesText(variants)}`]);
  const optional = features.filter((feature) => feature !== EVERYWHERE);
  if (optional.length > 0) lines.push(['Device features', optional.join(', ')]);
  if (notes.length > 0) lines.push(['Done without', notes.join(' ')]);
  return lines;
}

/** A feature that says only that the device is a full one. */
const EVERYWHERE = 'core-features-and-limits';

/** The experiments' own name for it. */
const CAPTURED = 'Captured step';

const choicesText = (variants: readonly VariantChoice[]): string =>
  variants.length === 0
    ? ''
    : `; timed choices: ${variants.map(({ kernel, shapes, variant }) => `${kernel} ${shapes} ${variant}`).join(', ')}`;
