import * as tf from '@tensorflow/tfjs-core';
import type { CapturedStep, StepDefinition } from './captured-step';
import { EagerStep } from './eager-step';
import { LabBackend } from './lab-backend';
import { ReplayedStep } from './replayed-step';
import type { InputSpecs } from './step-inputs';

/** Longer submits make the page stutter and, far longer, the operating system reset the device. */
const SUBMIT_MS = 12;

/**
 * Makes a training step cheap to repeat: its commands are recorded while tfjs runs it once, and from then on sent again
 * as they are. The first replays are compared with tfjs to the last bit; where they differ, or where the current backend
 * cannot replay, every step runs in tfjs and `outcome` says why. The interface is the same.
 * @param options.submitMs milliseconds of GPU work sent at once, roughly
 */
export function capture<const I extends InputSpecs, const O extends string, V extends string = never>(
  definition: StepDefinition<I, O, V>,
  { submitMs = SUBMIT_MS } = {},
): CapturedStep<I, O, V> {
  const backend = tf.backend();
  return backend instanceof LabBackend
    ? new ReplayedStep(backend, definition, submitMs)
    : new EagerStep(definition, whyEager(tf.getBackend()));
}

/** Why steps are not captured on a backend of tfjs's own. */
export const whyEager = (backend: string): string => `only WebGPU replays commands, not ${backend}`;
