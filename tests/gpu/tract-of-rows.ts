import * as tf from '@tensorflow/tfjs-core';
import { tractGradient } from '../../src/kernels/tract-solve/tract-gradient';

/** TrAct's gradient of a linear layer, from its inputs `[rows, inputs]` and dZ `[rows, outputs]`. */
export const tractOfRows = (x: tf.Tensor2D, dz: tf.Tensor2D, lambda: tf.Tensor | number): tf.Tensor2D =>
  tractGradient(
    {
      rows: () => x,
      gram: () => tf.matMul(x, x, true, false),
      dz,
      gradient: tf.matMul(x, dz, true, false),
    },
    lambda,
  );
