import { numpy as np } from '@jax-js/jax';
import type { JaxOptimizer } from './jax-task';

/** Adam (Kingma and Ba 2015, algorithm 1) without weight decay. */
export const adam = (learningRate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): JaxOptimizer => ({
  slots: 2,
  settingsAt: (step) => [1 - beta1 ** step, 1 - beta2 ** step],
  update(parameter, [m, v], gradient, settings) {
    if (!m || !v) throw new Error('Adam keeps two moments');
    const mean = m.mul(beta1).add(gradient.ref.mul(1 - beta1));
    const square = v.mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const [c1, c2] = [settings.ref.slice(0), settings.slice(1)];
    const change = mean.ref.div(c1).div(np.sqrt(square.ref.div(c2)).add(epsilon));
    return { parameter: parameter.sub(change.mul(learningRate)), slots: [mean, square] };
  },
});

/** b ← μ b + g, θ ← θ − lr b, as PyTorch's `SGD`. */
export const sgd = (learningRate: number, momentum: number): JaxOptimizer => ({
  slots: 1,
  settingsAt: () => [0],
  update(parameter, [buffer], gradient, settings) {
    if (!buffer) throw new Error('SGD keeps one buffer');
    settings.dispose();
    const next = buffer.mul(momentum).add(gradient);
    return { parameter: parameter.sub(next.ref.mul(learningRate)), slots: [next] };
  },
});
