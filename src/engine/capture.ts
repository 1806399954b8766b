import * as tf from '@tensorflow/tfjs-core';
import type { CapturedStep, StepDefinition } from './captured-step';
import { EagerStep } from './eager-step';
import { LabBackend } from './lab-backend';
import { ReplayedStep } from './replayed-step';
import type { InputSpecs } from './step-inputs';

/**
 * Makes a training step cheap to repeat: its commands are recorded while tfjs runs it once, and from then on sent again
 * as they are. The first replays are compared with tfjs to the last bit; where they differ, or where the current backend
 * cannot replay, every step runs in tfjs and `outcome` says why. The interface is the same.
 */
export function capture<const I extends InputSpecs, const O extends string>(
  definition: StepDefinition<I, O>,
): CapturedStep<I, O> {
  const backend = tf.backend();
  return backend instanceof LabBackend
    ? new ReplayedStep(backend, definition)
    : new EagerStep(definition, `only WebGPU replays commands, not ${tf.getBackend()}`);
}
