import { quantileSorted } from 'd3';
import type { Snapshot } from '../../../run/snapshot';
import type { ResponseArrays } from '../tract-snapshots';
import { fixedNumber, foldText, shortNumber } from './number-words';
import { fitPowerLaw, LEAST_RATIO, type PowerLaw } from './power-law';

/** Sizes as they are, or divided by what a step on the pre-activations themselves would make them. */
export type Measure = 'share' | 'size';

/** What one update does to the pre-activations of each image. */
export interface Cloud {
  /** Of each image, as `contrast`. */
  sizes: readonly number[];
  /** How they depend on contrast; null where that cannot be told. */
  law: PowerLaw | null;
  /** Ratio of the 95th to the 5th percentile. */
  spread: number;
}

/** The responses of a snapshot; null where it holds something else. */
export function responsesIn({ arrays }: Snapshot): ResponseArrays | null {
  const { contrast, asked, vanilla, tract } = arrays;
  return contrast && asked && vanilla && tract ? { contrast, asked, vanilla, tract } : null;
}

/** What one update does to the pre-activations of each image. */
export function sizesOf(
  { asked, ...arrays }: ResponseArrays,
  update: 'vanilla' | 'tract',
  measure: Measure,
): number[] {
  return Array.from(arrays[update].values, (size, i) =>
    measure === 'share' ? size / (asked.values[i] ?? NaN) : size,
  );
}

/** The same, and how it depends on contrast. */
export function cloudOf(responses: ResponseArrays, update: 'vanilla' | 'tract', measure: Measure): Cloud {
  const sizes = sizesOf(responses, update, measure);
  return { sizes, law: fitPowerLaw(responses.contrast.values, sizes), spread: spreadOf(sizes) };
}

/** How far apart the middle 90 per cent of positive numbers lie, as a ratio; NaN of none. */
export function spreadOf(sizes: readonly number[]): number {
  const sorted = sizes.filter((size) => size > 0 && Number.isFinite(size)).sort((a, b) => a - b);
  return (quantileSorted(sorted, 0.95) ?? NaN) / (quantileSorted(sorted, 0.05) ?? NaN);
}

/** Powers up to this are as good as none: twice the contrast is 15 % more or less. */
const HARDLY = 0.2;
/** A spread below this is none to speak of. */
const ALIKE = 1.05;

/** A power with two standard errors: `1.83 ± 0.45`. */
export const powerText = ({ power, standardError }: PowerLaw): string =>
  `${fixedNumber(power)} ± ${fixedNumber(2 * standardError)}`;

/** Whether the pairs say how the size depends on contrast, be it not at all. */
const isClear = ({ power, standardError }: PowerLaw): boolean =>
  Math.abs(power) > 2 * standardError || 2 * standardError <= HARDLY;

function dependence(law: PowerLaw): string {
  if (!isClear(law)) return 'no clear dependence on contrast: power';
  if (Math.abs(law.power) <= HARDLY) return 'hardly depends on contrast: power';
  return `${law.power > 0 ? 'grows' : 'falls'} with contrast to the power`;
}

/** How the sizes depend on contrast, and how far apart they are. */
export function cloudWords({ law, spread }: Cloud): string {
  const apart =
    spread < ALIKE ? 'nearly the same for all images' : `90\u00a0% of images within ${foldText(spread)}`;
  if (!law) return apart;
  return `${dependence(law)} ${powerText(law)}; ${apart}`;
}

/** What the picture says. */
export function responseReading(vanilla: Cloud, tract: Cloud, measure: Measure): string {
  if (!vanilla.law || !tract.law)
    return `The contrasts of these images differ less than ${LEAST_RATIO}-fold, too little to say how the change depends on contrast.`;
  const times = ({ power }: PowerLaw): string => {
    const ratio = shortNumber(2 ** power, 2);
    return ratio === '1' ? 'just as much' : `${ratio} times as much`;
  };
  const told = [
    { law: vanilla.law, update: 'with the vanilla update' },
    { law: tract.law, update: 'with TrAct' },
  ];
  const clear = told.filter(({ law }) => isClear(law)).map(({ law, update }) => `${times(law)} ${update}`);
  const unclear = told.filter(({ law }) => !isClear(law)).map(({ update }) => update);
  const against = measure === 'share' ? ', measured against what its loss asks for' : '';
  if (clear.length === 0)
    return `With neither update is it clear how the change of pre-activations${against} depends on contrast.`;
  const rest = unclear.map((update) => ` It is not clear how it depends on contrast ${update}.`).join('');
  return `An image of twice the contrast changes its pre-activations ${clear.join(', and ')}${against}.${rest}`;
}
