import { lax, nn, numpy as np } from '@jax-js/jax';
import type { InitialValues } from '../initial-values';
import type { Unit, UnitPlan } from '../resnet-units';
import { own, type JaxModel } from './jax-task';
import { linear } from './layers';

/**
 * The residual network of `src/nn/resnet.ts` in jax-js, whose convolutions have the channels before height and width. It
 * keeps no running statistics, which ours does: that is for evaluation, changes no loss and favours this one.
 */
export function jaxResNet({ stem, blocks }: UnitPlan): JaxModel {
  return (parameters, images) => {
    const apply = (x: np.Array, { name, size, stride, outputs }: Unit): np.Array => {
      const margin = (size - 1) / 2;
      const y = lax.convGeneralDilated(
        x,
        own(parameters, `${name}.conv.weight`),
        [stride, stride],
        [
          [margin, margin],
          [margin, margin],
        ],
      );
      const perChannel = (array: np.Array) => array.reshape([1, outputs, 1, 1]);
      const centred = y.ref.sub(y.mean([0, 2, 3], { keepdims: true }));
      const variance = np.square(centred.ref).mean([0, 2, 3], { keepdims: true });
      return centred
        .div(np.sqrt(variance.add(1e-5)))
        .mul(perChannel(own(parameters, `${name}.norm.gamma`)))
        .add(perChannel(own(parameters, `${name}.norm.beta`)));
    };
    let z = nn.relu(apply(images.transpose([0, 3, 1, 2]), stem));
    for (const { first, second, shortcut } of blocks) {
      const change = apply(nn.relu(apply(z.ref, first)), second);
      z = nn.relu(change.add(shortcut ? apply(z, shortcut) : z));
    }
    return linear(z.mean([2, 3]), own(parameters, 'head.weight'), own(parameters, 'head.bias'));
  };
}

/** Filters `[height, width, in, out]` as jax-js has them: `[out, in, height, width]`. */
export function withChannelsFirst(initial: InitialValues): InitialValues {
  return new Map(
    [...initial].map(([name, { shape, values }]) => {
      if (shape.length !== 4) return [name, { shape, values }];
      const [height = 0, width = 0, inputs = 0, outputs = 0] = shape;
      const place = (i: number) => {
        const [x, y] = [i % width, Math.floor(i / width) % height];
        const [input, output] = [
          Math.floor(i / (width * height)) % inputs,
          Math.floor(i / (width * height * inputs)),
        ];
        return ((y * width + x) * inputs + input) * outputs + output;
      };
      return [
        name,
        { shape: [outputs, inputs, height, width], values: values.map((_, i) => values[place(i)] ?? NaN) },
      ];
    }),
  );
}
