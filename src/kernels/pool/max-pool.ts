import * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../define-kernel';
import { flatWorkgroups, sizeOf, u32, type Param, type Shape } from '../kernel';
import { requireEqual, shapeText } from '../rows';
import { ShapeError } from '../shape-error';
import gradientPortable from './max-pool-gradient.wgsl?raw';
import gradientChannels4 from './max-pool-gradient4.wgsl?raw';
import portable from './max-pool.wgsl?raw';
import channels4 from './max-pool4.wgsl?raw';

export interface PoolAttrs {
  /** Height and width of a window; windows lie side by side. */
  window: readonly [number, number];
  /** Rows and columns of windows. */
  size: readonly [number, number];
}

const isByFour = ({ x }: { x: Shape }): boolean => (x[3] ?? 0) % 4 === 0;

function paramsOf(x: Shape, { window, size }: PoolAttrs): Record<string, Param> {
  return {
    batch: u32(x[0] ?? 0),
    height: u32(size[0]),
    width: u32(size[1]),
    channels: u32(x[3] ?? 0),
    sourceHeight: u32(x[1] ?? 0),
    sourceWidth: u32(x[2] ?? 0),
    windowHeight: u32(window[0]),
    windowWidth: u32(window[1]),
  };
}

/** Zeros below and to the right, for windows that reach beyond x. */
function paddingOf(x: Shape, { window, size }: PoolAttrs): tf.backend_util.ExplicitPadding {
  const beyond = (axis: 0 | 1) => Math.max(0, size[axis] * window[axis] - (x[axis + 1] ?? 0));
  return [
    [0, 0],
    [0, beyond(0)],
    [0, beyond(1)],
    [0, 0],
  ];
}

/** @throws ShapeError unless every window begins inside x. */
function requireWindows(kernel: string, x: Shape, { window, size }: PoolAttrs): void {
  const begins = ([0, 1] as const).every((axis) => (size[axis] - 1) * window[axis] < (x[axis + 1] ?? 0));
  if (x.length === 4 && begins) return;
  throw new ShapeError(
    `${kernel} needs images [batch, height, width, channels] and windows that begin inside them, got ${shapeText(x)} and ${shapeText(size)} windows of ${shapeText(window)}`,
  );
}

const cases: { x: Shape; attrs: PoolAttrs }[] = [
  { x: [1, 1, 1, 1], attrs: { window: [1, 1], size: [1, 1] } },
  { x: [2, 4, 6, 8], attrs: { window: [2, 2], size: [2, 3] } },
  { x: [3, 7, 5, 3], attrs: { window: [2, 2], size: [3, 2] } },
  { x: [1, 7, 9, 4], attrs: { window: [3, 2], size: [3, 5] } },
  { x: [2, 8, 9, 5], attrs: { window: [2, 4], size: [4, 3] } },
];

/** y = the largest number of each window, x `[batch, height, width, channels]`, y `[batch, ...size, channels]`. */
export const maxPool = defineKernel<'x', 'y', PoolAttrs>({
  name: 'LabMaxPool',
  variants: [
    {
      name: 'channels4',
      wgsl: channels4,
      fits: isByFour,
      workgroups: ({ y }) => flatWorkgroups(sizeOf(y) / 4, 64),
    },
    { name: 'portable', wgsl: portable, workgroups: ({ y }) => flatWorkgroups(sizeOf(y), 64) },
  ],
  inputs: ['x'],
  outputs: ['y'],
  shape({ x }, attrs) {
    requireWindows('maxPool', x, attrs);
    return { y: [x[0] ?? 0, ...attrs.size, x[3] ?? 0] };
  },
  params: ({ x }, attrs) => paramsOf(x, attrs),
  reference: ({ x }, attrs) => ({
    y: tf.maxPool(x as tf.Tensor4D, [...attrs.window], [...attrs.window], paddingOf(x.shape, attrs)),
  }),
  cases: cases.map(({ x, attrs }) => ({ shapes: { x }, attrs })),
  tolerance: { value: 0, grad: 0 },
});

/** Windows that cover x, whether y has them or not. */
const covering = (x: Shape, { window }: PoolAttrs): number =>
  (x[0] ?? 0) * Math.ceil((x[1] ?? 0) / window[0]) * Math.ceil((x[2] ?? 0) / window[1]);

/**
 * Gradient of `maxPool`: each window's dy goes to the first of its numbers that is the largest. x, dx
 * `[batch, height, width, channels]`, dy `[batch, ...size, channels]`.
 */
export const maxPoolGradient = defineKernel<'dy' | 'x', 'dx', PoolAttrs>({
  name: 'LabMaxPoolGradient',
  variants: [
    {
      name: 'channels4',
      wgsl: gradientChannels4,
      fits: isByFour,
      workgroups: ({ x }, attrs) => flatWorkgroups((covering(x, attrs) * (x[3] ?? 0)) / 4, 64),
    },
    {
      name: 'portable',
      wgsl: gradientPortable,
      workgroups: ({ x }, attrs) => flatWorkgroups(covering(x, attrs) * (x[3] ?? 0), 64),
    },
  ],
  inputs: ['dy', 'x'],
  outputs: ['dx'],
  shape({ dy, x }, attrs) {
    requireWindows('maxPoolGradient', x, attrs);
    requireEqual('maxPoolGradient', 'dy', dy, 'the windows', [x[0] ?? 0, ...attrs.size, x[3] ?? 0]);
    return { dx: x };
  },
  params: ({ x }, attrs) => paramsOf(x, attrs),
  reference({ dy, x }, attrs) {
    const { window, size } = attrs;
    const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
    const whole = [size[0] * window[0], size[1] * window[1]] as const;
    const cut = tf.slice(
      x,
      [0, 0, 0, 0],
      [batch, Math.min(height, whole[0]), Math.min(width, whole[1]), channels],
    );
    const filled = tf.pad(cut, paddingOf(cut.shape, attrs), -Infinity);
    const split = [batch, size[0], window[0], size[1], window[1], channels];
    const rows = tf.reshape(tf.transpose(tf.reshape(filled, split), [0, 1, 3, 2, 4, 5]), [
      -1,
      window[0] * window[1],
      channels,
    ]);
    const isLargest = tf.cast(tf.equal(rows, tf.max(rows, 1, true)), 'float32');
    const isFirst = tf.mul(isLargest, tf.cast(tf.equal(tf.cumsum(isLargest, 1), 1), 'float32'));
    const given = tf.mul(isFirst, tf.reshape(dy, [-1, 1, channels]));
    const back = tf.reshape(
      tf.transpose(tf.reshape(given, [batch, ...size, ...window, channels]), [0, 1, 3, 2, 4, 5]),
      [batch, ...whole, channels],
    );
    const covered = tf.slice(back, [0, 0, 0, 0], cut.shape);
    return {
      dx: tf.pad(covered, [
        [0, 0],
        [0, height - (cut.shape[1] ?? 0)],
        [0, width - (cut.shape[2] ?? 0)],
        [0, 0],
      ]),
    };
  },
  cases: cases.map(({ x, attrs }) => ({ shapes: { dy: [x[0] ?? 0, ...attrs.size, x[3] ?? 0], x }, attrs })),
  tolerance: { value: 0, grad: 0 },
});
