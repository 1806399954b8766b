import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values as a tensor that no gradient flows through: sg[x]. It shares x's buffer, so it costs nothing.
 */
export function detach<T extends tf.Tensor>(x: T): T {
  tf.backend().incRef(x.dataId);
  return tf.engine().makeTensorFromTensorInfo(x) as T;
}
