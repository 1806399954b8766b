import type * as tf from '@tensorflow/tfjs-core';

/** A first layer z = x W + b as a rule sees it, during one forward pass. */
export interface FirstLayerPass {
  /** What the layer is given: rows of values, or images. */
  x: tf.Tensor;
  /** W; its last axis runs over the outputs, the others over what one row of inputs holds, in that order. */
  weight: tf.Tensor;
  /** The pre-activations with this weight in the place of W: its last axis runs over the outputs. */
  forward: (weight: tf.Tensor) => tf.Tensor;
  /** Inputs X `[rows, inputs]`, one row for each vector of outputs: patches, or the windows of a convolution. */
  rows: (x: tf.Tensor) => tf.Tensor2D;
  /** XᵀX `[inputs, inputs]` of the same rows. */
  gram: (x: tf.Tensor) => tf.Tensor2D;
}

/**
 * How a model's first layer trains, chosen by whoever runs the model: gives the layer's pre-activations, as a rule
 * `forward(weight)`, and decides what flows back through it. Without one the layer trains like any other.
 */
export type FirstLayerRule = (pass: FirstLayerPass) => tf.Tensor;

/** A forward pass may let the first layer train by a rule of its own. */
export interface FirstLayerOptions {
  firstLayer?: FirstLayerRule | undefined;
}
