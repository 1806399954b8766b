import * as tf from '@tensorflow/tfjs-core';
import { CapturePool } from './capture-pool';
import type { StepDefinition } from './captured-step';
import type { VariantGuide } from './contest';
import { runOnce } from './eager-step';
import type { LabBackend } from './lab-backend';
import { Recording } from './recording';
import type { InputSpecs, InputTensors } from './step-inputs';

/** One run of the step in tfjs with its commands noted. */
export interface Trace {
  recording: Recording;
  /** What the step gives, and where it lies. */
  results: tf.Tensor[];
  outputs: GPUBuffer[];
  /** Variables the step used and the data they had, to notice when one is given other data. */
  variables: (readonly [tf.Variable, object])[];
}

/**
 * Runs the step in tfjs, noting its commands and what would make them useless. The recording is the caller's to forget.
 * @param guide says which variants of our kernels it runs on; null for the defaults
 * @param beforeChange called with the buffer of state that the step is about to change
 * @throws whatever the step throws.
 */
export function traceStep<I extends InputSpecs, O extends string, V extends string>(
  backend: LabBackend,
  definition: StepDefinition<I, O, V>,
  tensors: () => InputTensors<I>,
  guide: VariantGuide | null,
  beforeChange?: (buffer: GPUBuffer) => void,
): Trace {
  const pool = new CapturePool(backend.device, backend.bufferManager);
  const recording = new Recording(pool, beforeChange);
  const before = Object.values(tf.engine().registeredVariables).map(
    (variable) => [variable, variable.dataId] as const,
  );
  try {
    const { results, outputs } = backend.record(recording, () => {
      const results = backend.guided(guide, () => runOnce(definition, tensors));
      return { results, outputs: results.map((result) => backend.bufferOf(result)) };
    });
    for (const [variable, dataId] of before)
      if (variable.dataId !== dataId)
        recording.problems.add(`it gives the variable ${variable.name} a new tensor`);
    const own = new Set(results.map(({ dataId }) => dataId));
    const kept = [...recording.created].filter((dataId) => !own.has(dataId) && backend.isOnDevice(dataId));
    if (kept.length > 0) recording.problems.add(`it leaves ${kept.length} of its tensors behind`);
    const variables = before.filter(([, dataId]) => recording.outer.has(dataId));
    return { recording, results, outputs, variables };
  } catch (error) {
    backend.forget(recording);
    throw error;
  }
}

/** @throws Error when a replay would change or read other data than the step itself would. */
export function checkState(backend: LabBackend, { recording, variables }: Trace): void {
  for (const [variable, dataId] of variables)
    if (variable.isDisposed || variable.dataId !== dataId)
      throw new Error(
        `the variable ${variable.name} was replaced since the step was captured: capture it anew`,
      );
  for (const [dataId, buffer] of recording.outer)
    if (!backend.isOnDevice(dataId, buffer))
      throw new Error('a tensor the step uses has moved since the step was captured: capture it anew');
}
