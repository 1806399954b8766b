import { dwa } from './methods/dwa';
import { ew } from './methods/ew';
import { gls } from './methods/gls';
import { gradNorm } from './methods/gradnorm';
import { imtlL } from './methods/imtl-l';
import { mgda, type MgdaNormaliser } from './methods/mgda';
import { pcGrad } from './methods/pcgrad';
import { rlw } from './methods/rlw';
import { scalarization } from './methods/scalarization';
import { uw } from './methods/uw';
import { uwO } from './methods/uw-o';
import { uwSo } from './methods/uw-so';
import type { WeightingMethod } from './weighting-method';

/** What the methods can be set to; each takes what is its own. */
export interface WeightingSettings {
  /** Scalarization: one weight per task, in any unit; they are divided by their sum. */
  weights: readonly number[];
  /** UW: s at the start, for all tasks or one each. */
  initialS: number | readonly number[];
  /** UW-SO: T. */
  temperature: number;
  /** UW-O and UW-SO: losses below count as this large; 0 for no clamp. */
  floor: number;
  /** DWA: T. */
  dwaTemperature: number;
  /** MGDA: what gradients are divided by. */
  normaliser: MgdaNormaliser;
  /** GradNorm: α. */
  alpha: number;
}

/** The papers' values; equal weights and, for UW-SO, a T for losses near 1. */
export const defaultSettings = (tasks: number): WeightingSettings => ({
  weights: new Array<number>(tasks).fill(1),
  initialS: -0.5,
  temperature: 2,
  floor: 0,
  dwaTemperature: 2,
  normaliser: 'none',
  alpha: 1.5,
});

/** Every method. A new one is a file of its own and a line here. */
const methods = {
  ew: () => ew,
  scalarization: ({ weights }) => scalarization(weights),
  rlw: () => rlw,
  dwa: ({ dwaTemperature }) => dwa({ temperature: dwaTemperature }),
  gls: () => gls(),
  'imtl-l': () => imtlL,
  uw: ({ initialS }) => uw({ initial: initialS }),
  'uw-o': ({ floor }) => uwO({ floor }),
  'uw-so': ({ temperature, floor }) => uwSo({ temperature, floor }),
  pcgrad: () => pcGrad(),
  mgda: ({ normaliser }) => mgda({ normaliser }),
  gradnorm: ({ alpha }) => gradNorm({ alpha }),
} as const satisfies Record<string, (settings: WeightingSettings) => WeightingMethod>;

export type WeightingName = keyof typeof methods;

/** Every method by name. */
export const weightingNames = Object.keys(methods) as WeightingName[];

/**
 * A method by name. Its state goes in and out as plain data, and is of use to this method only.
 * @throws RangeError for a setting that the method refuses.
 */
export const createWeighting = (name: WeightingName, settings: WeightingSettings): WeightingMethod =>
  methods[name](settings);
