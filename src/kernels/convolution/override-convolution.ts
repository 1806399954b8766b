import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type Shape } from '../kernel';
import { overrideKernel, viewed, type OverrideCall } from '../override-kernel';
import { reduce } from '../reduce/reduce';
import { runNative } from '../run-native';
import { transpose } from '../transpose/transpose';
import { convolution } from './convolution';
import { convolutionFilterGradient, filterGradientChunks } from './convolution-filter-gradient';
import type { Sliding } from './convolution-shape';

const plain = { backward: false, bias: false, relu: false };

type Shape4 = [number, number, number, number];

/** What tfjs's attributes of a convolution of `x` mean; null where our kernels do not cover it. */
function slidingOf(
  attrs: OverrideCall['attrs'],
  x: Shape,
  filter: Shape,
): (Sliding & { size: [number, number] }) | null {
  // Its gradients have no dilations.
  const { strides, pad, dimRoundingMode, dilations, dataFormat } =
    attrs as unknown as Partial<tf.Conv2DAttrs> & Pick<tf.Conv2DAttrs, 'strides' | 'pad'>;
  if (dataFormat !== 'NHWC' || sizeOf(x.slice(1)) === 0 || sizeOf(filter) === 0) return null;
  const info = tf.backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1 || info.inChannels !== filter[2]) return null;
  const { top, left } = info.padInfo;
  const size: [number, number] = [info.outHeight, info.outWidth];
  if (top < 0 || left < 0 || sizeOf(size) === 0) return null;
  return { strides: [info.strideHeight, info.strideWidth], padding: [top, left], size };
}

const areFloats = (...tensors: tf.TensorInfo[]): boolean => tensors.every(({ dtype }) => dtype === 'float32');

overrideKernel(tf.Conv2D, ({ inputs, attrs, backend, stock }) => {
  const { x, filter } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const sliding = areFloats(x, filter) ? slidingOf(attrs, x.shape, filter.shape) : null;
  if (!sliding) return stock();
  const factors = { x, filter, bias: filter };
  return runNative(convolution.kernel, backend, factors, { ...sliding, ...plain }).y;
});

overrideKernel(tf.FusedConv2D, ({ inputs, attrs, backend, stock }) => {
  const { x, filter, bias } = inputs as { x: tf.TensorInfo; filter: tf.TensorInfo; bias?: tf.TensorInfo };
  const activation = attrs['activation'] ?? 'linear';
  const outputs = filter.shape.at(-1) ?? 0;
  const isCovered =
    (activation === 'linear' || activation === 'relu') &&
    areFloats(x, filter, ...(bias ? [bias] : [])) &&
    (!bias || (sizeOf(bias.shape) === outputs && bias.shape.at(-1) === outputs));
  const sliding = isCovered ? slidingOf(attrs, x.shape, filter.shape) : null;
  if (!sliding) return stock();
  const factors = { x, filter, bias: bias ? viewed(bias, [outputs]) : filter };
  return runNative(convolution.kernel, backend, factors, {
    ...sliding,
    backward: false,
    bias: bias !== undefined,
    relu: activation === 'relu',
  }).y;
});

overrideKernel(tf.Conv2DBackpropInput, ({ inputs, attrs, backend, stock }) => {
  const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
  const x = attrs['inputShape'] as Shape4;
  const sliding = areFloats(dy, filter) ? slidingOf(attrs, x, filter.shape) : null;
  if (!sliding) return stock();
  const turned = runNative(transpose.kernel, backend, { x: filter }, { perm: [0, 1, 3, 2] }).y;
  const factors = { x: dy, filter: turned, bias: turned };
  const attributes = { ...sliding, ...plain, size: [x[1], x[2]] as const, backward: true };
  const { y } = runNative(convolution.kernel, backend, factors, attributes);
  backend.disposeData(turned.dataId);
  return y;
});

overrideKernel(tf.Conv2DBackpropFilter, ({ inputs, attrs, backend, stock }) => {
  const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
  const filter = attrs['filterShape'] as Shape4;
  const sliding = areFloats(x, dy) && sizeOf(x.shape) > 0 ? slidingOf(attrs, x.shape, filter) : null;
  if (!sliding) return stock();
  const { strides, padding } = sliding;
  const chunks = filterGradientChunks(dy.shape, filter);
  const taps = [filter[0], filter[1]] as const;
  const { df } = runNative(
    convolutionFilterGradient.kernel,
    backend,
    { x, dy },
    { strides, padding, taps, chunks },
  );
  if (chunks === 1) return { ...df, shape: filter };
  const parts = viewed(df, [1, chunks, sizeOf(filter)]);
  const { y } = runNative(reduce.kernel, backend, { x: parts }, { largest: false, chunks: 1, divisor: 1 });
  backend.disposeData(df.dataId);
  return { ...y, shape: filter };
});

const isKernelOf = (backend: string): boolean =>
  tf.getKernelsForBackend(backend).some(({ kernelName }) => kernelName === tf.Conv2DBackpropFilter);

const stockGradient = tf.getGradient(tf.Conv2D);

// tfjs's wasm backend has no kernel for the gradient with respect to the filter: there its reference runs.
tf.registerGradient({
  ...stockGradient,
  gradFunc: (gradient, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const stock = stockGradient.gradFunc(gradient, saved, attributes);
    if (isKernelOf(tf.getBackend())) return stock;
    const sliding = slidingOf(attributes, x.shape, filter.shape);
    if (!sliding) return stock;
    const { strides, padding } = sliding;
    const taps = [filter.shape[0], filter.shape[1]] as const;
    return {
      ...stock,
      filter: () => {
        const dy = gradient as tf.Tensor;
        const { df } = convolutionFilterGradient({ x, dy }, { strides, padding, taps, chunks: 1 });
        return tf.reshape(df, filter.shape);
      },
    };
  },
});
