import { lax, numpy as np } from '@jax-js/jax';

/** x W + b over the last axis: `[..., inputs]` → `[..., outputs]`. */
export function linear(x: np.Array, weight: np.Array, bias: np.Array): np.Array {
  const [inputs = 0, outputs = 0] = weight.shape;
  const shape = [...x.shape.slice(0, -1), outputs];
  return np
    .matmul(x.reshape([-1, inputs]), weight)
    .add(bias)
    .reshape(shape);
}

/** (x − mean) / √(variance + ε) · gamma + beta over the last axis. */
export function layerNorm(x: np.Array, gamma: np.Array, beta: np.Array, epsilon = 1e-6): np.Array {
  const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
  const variance = np.square(centred.ref).mean(-1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(epsilon)))
    .mul(gamma)
    .add(beta);
}

/** ½ x (1 + erf(x / √2)). */
export const gelu = (x: np.Array): np.Array => x.ref.mul(0.5).mul(lax.erf(x.mul(Math.SQRT1_2)).add(1));
