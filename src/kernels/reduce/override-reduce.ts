import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type Shape } from '../kernel';
import { overrideKernel, reshaped, viewed, type OverrideCall } from '../override-kernel';
import { runNative } from '../run-native';
import { chunksFor, mergeAxes, reduce } from './reduce';

type Reduction = 'sum' | 'mean' | 'max';

/** What tfjs gives for no elements at all. */
const ofNothing: Record<Reduction, number> = { sum: 0, mean: NaN, max: -Infinity };

function reduceAxes(call: OverrideCall, reduction: Reduction, axisAttribute: string): tf.TensorInfo {
  const { x } = call.inputs as { x: tf.TensorInfo };
  if (x.dtype !== 'float32') return call.stock() as tf.TensorInfo;
  const { backend } = call;
  const axes = tf.util.parseAxisParam(call.attrs[axisAttribute] as number | number[], x.shape);
  const [keptShape, reducedShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  const shape =
    call.attrs['keepDims'] === true ? tf.backend_util.expandShapeToKeepDim(keptShape, axes) : keptShape;
  if (sizeOf(x.shape) === 0) {
    return backend.makeTensorInfo(
      shape,
      'float32',
      new Float32Array(sizeOf(shape)).fill(ofNothing[reduction]),
    );
  }
  const count = sizeOf(reducedShape);
  if (count === 1) return reshaped(backend, x, shape);

  // Innermost run first: it leaves the least for the next.
  const runs = mergeAxes(x.shape, axes);
  let current = x;
  while (runs.some(({ isReduced }) => isReduced)) {
    const at = runs.findLastIndex(({ isReduced }) => isReduced);
    const extent = runs[at]?.extent ?? 1;
    const outer = sizeOf(runs.slice(0, at).map((run) => run.extent));
    const inner = sizeOf(runs.slice(at + 1).map((run) => run.extent));
    const chunks = chunksFor(extent, outer * inner);
    if (chunks === 1) runs.splice(at, 1);
    else runs[at] = { isReduced: true, extent: chunks };
    const isLast = !runs.some(({ isReduced }) => isReduced);
    const { y } = runNative(
      reduce.kernel,
      backend,
      { x: viewed(current, [outer, extent, inner]) },
      { largest: reduction === 'max', chunks, divisor: isLast && reduction === 'mean' ? count : 1 },
    );
    if (current !== x) backend.disposeData(current.dataId);
    current = y;
  }
  return { ...current, shape };
}

overrideKernel(tf.Sum, (call) => reduceAxes(call, 'sum', 'axis'));
overrideKernel(tf.Mean, (call) => reduceAxes(call, 'mean', 'axis'));
overrideKernel(tf.Max, (call) => reduceAxes(call, 'max', 'reductionIndices'));

/** dy repeated along the axes that were reduced. */
function spread(dy: tf.Tensor, shape: Shape, axis: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, [...shape]);
  const expanded = shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
  return tf.broadcastTo(tf.reshape(dy, expanded), [...shape]);
}

// tfjs's own gradients multiply by a tensor of ones that is made on the processor and uploaded, at every step.
tf.registerGradient({
  kernelName: tf.Sum,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const { axis } = attributes as unknown as tf.SumAttrs;
    return { x: () => spread(dy as tf.Tensor, x.shape, axis) };
  },
});
tf.registerGradient({
  kernelName: tf.Mean,
  inputsToSave: ['x'],
  gradFunc: (gradient, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const dy = gradient as tf.Tensor;
    const { axis } = attributes as unknown as tf.MeanAttrs;
    return { x: () => spread(tf.div(dy, x.size / dy.size), x.shape, axis) };
  },
});
