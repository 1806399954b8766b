import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gradientsOfEach } from '../../src/engine/gradients-of-each';
import { twoHeads } from '../support/two-heads';

const numbers = (maps: tf.NamedTensorMap[]) =>
  maps.map((map) => Object.fromEntries(Object.entries(map).map(([name, g]) => [name, [...g.dataSync()]])));

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  let tensors = 0;
  let model: ReturnType<typeof twoHeads>;
  beforeAll(() => tf.setBackend(backend));
  beforeEach(() => {
    tensors = tf.memory().numTensors;
    model = twoHeads();
  });
  afterEach(() => {
    model.dispose();
    expect(tf.memory().numTensors, 'tensors left behind').toBe(tensors);
  });
  afterAll(() => tf.setBackend('cpu'));

  test('equals tfjs’s gradients of each loss alone, with zeros where a loss does not reach', () => {
    const { variables, losses, x } = model;
    tf.tidy(() => {
      const { values, each } = gradientsOfEach(() => tf.stack(losses(x)) as tf.Tensor1D, variables);
      const alone = [0, 1].map((k) => tf.variableGrads(() => losses(x)[k] as tf.Scalar, variables));
      expect([...values.dataSync()]).toEqual(alone.map(({ value }) => value.dataSync()[0]));
      const wanted = alone.map(({ grads }) =>
        Object.fromEntries(variables.map((v) => [v.name, grads[v.name] ?? tf.zerosLike(v)])),
      );
      expect(each.map((map) => Object.keys(map))).toEqual(wanted.map((map) => Object.keys(map)));
      expect(numbers(each)).toEqual(numbers(wanted));
      // The heads are apart, the trunk is not.
      expect(alone.map(({ grads }) => Object.keys(grads).length)).toEqual([4, 4]);
      for (const map of numbers(each))
        for (const { name } of variables.slice(0, 2))
          expect(map[name]?.some((value) => value !== 0)).toBe(true);
    });
  });

  test.each<[string, (losses: [tf.Scalar, tf.Scalar]) => tf.Tensor1D]>([
    ['scaled after the stacking', (losses) => tf.mul<tf.Tensor1D>(tf.stack(losses), [2, -3])],
    [
      'a vector and a number end to end',
      ([a, b]) => tf.concat1d([tf.stack([b, a]) as tf.Tensor1D, tf.reshape(a, [1])]),
    ],
    ['mixed', ([a, b]) => tf.stack([tf.add(a, b), tf.mul(a, b), a]) as tf.Tensor1D],
    ['one alone', ([a]) => tf.reshape(a, [1])],
    ['with a constant', ([, b]) => tf.stack([b, tf.scalar(1)]) as tf.Tensor1D],
    [
      'joined along the other axis',
      ([a, b]) => tf.reshape(tf.stack([tf.stack([a, b]), tf.stack([b, a])], 1), [4]),
    ],
  ])('equals K separate backward passes: %s', (_, join) => {
    const { variables, losses, x } = model;
    tf.tidy(() => {
      const f = () => join(losses(x));
      const { values, each } = gradientsOfEach(f, variables);
      const wanted = Array.from({ length: values.size }, (_, k) => {
        const unit = tf.tensor1d(Array.from({ length: values.size }, (_, i) => (i === k ? 1 : 0)));
        const { grads } = tf.variableGrads(() => tf.sum(tf.mul(f(), unit)), variables);
        return Object.fromEntries(variables.map((v) => [v.name, grads[v.name] ?? tf.zerosLike(v)]));
      });
      const [got, want] = [numbers(each), numbers(wanted)];
      for (const [k, map] of want.entries())
        for (const [name, values] of Object.entries(map))
          values.forEach((value, i) => {
            expect(got[k]?.[name]?.[i], `${k} ${name} ${i}`).toBeCloseTo(value, 6);
          });
    });
  });

  test('leaves behind only what it gives', () => {
    const { variables, losses, x } = model;
    const before = tf.memory().numTensors;
    const { values, each } = gradientsOfEach(() => tf.stack(losses(x)) as tf.Tensor1D, variables);
    expect(tf.memory().numTensors).toBe(before + 1 + 2 * variables.length);
    tf.dispose([values, each]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a failure half-way leaves nothing behind, and gradients work afterwards', () => {
    const { variables, losses, x } = model;
    const failing: [() => tf.Tensor1D, RegExp | string][] = [
      [
        () => {
          losses(x);
          throw new Error('half-way');
        },
        'half-way',
      ],
      [() => losses(x)[0] as unknown as tf.Tensor1D, /float32 vector/],
      [() => tf.tensor1d([1, 2]), /none of the variables/],
    ];
    const before = tf.memory().numTensors;
    for (const [f, message] of failing) {
      expect(() => gradientsOfEach(f, variables)).toThrow(message);
      expect(tf.memory().numTensors).toBe(before);
    }
    const { grads, value } = tf.variableGrads(() => losses(x)[0], variables);
    tf.dispose([grads, value]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('is itself differentiable: the gradient of a squared gradient norm', () => {
    tf.tidy(() => {
      const v = tf.variable(tf.tensor1d([1, -2]));
      // y = (Σ v³, Σ v²): ∇y₀ = 3 v², ∇y₁ = 2 v; |∇y₀|² = 9 Σ v⁴ has the gradient 36 v³, |∇y₁|² the gradient 8 v.
      const { grads } = tf.variableGrads(() => {
        const { each } = gradientsOfEach(
          () => tf.stack([tf.sum(tf.mul(v, tf.square(v))), tf.sum(tf.square(v))]) as tf.Tensor1D,
          [v],
        );
        return tf.addN<tf.Scalar>(each.map((map) => tf.sum(tf.square(map[v.name] ?? v))));
      }, [v]);
      expect([...(grads[v.name]?.dataSync() ?? [])]).toEqual([36 + 8, -36 * 8 - 16]);
      v.dispose();
    });
  });
});
