import { defaultDevice, init } from '@jax-js/jax';
import { beforeAll, expect, test } from 'vitest';
import { workloads } from '../../bench/catalogue';
import { initialValuesOf } from '../../bench/initial-values';
import { lossDifference, TOLERANCE } from '../../bench/contest';
import { openCompute } from '../../src/engine/open-compute';

/** Sizes at which plain JavaScript is fast enough; a workload that has other names for them needs no entry here. */
const small: Readonly<Record<string, number>> = { batch: 3, tokens: 9, width: 8, depth: 3, extent: 8 };
const STEPS = 4;

beforeAll(async () => {
  await openCompute('cpu'); // where our kernels are their tfjs references
  await init('wasm');
  defaultDevice('wasm');
});

test.each([...workloads.keys()])('%s is the same problem on every engine', async (name) => {
  const workload = workloads.get(name);
  if (!workload) throw new Error(`no workload ${name}`);
  const sizes = Object.fromEntries(
    Object.entries(workload.sizes).map(([size, value]) => [size, small[size] ?? value]),
  );
  const problem = workload.problem(sizes);
  const lab = problem.lab();
  const initial = await initialValuesOf(lab.parameters);
  const run = lab.start('eager');
  for (let step = 0; step < STEPS; step++) await run.run();
  const wanted = [...(await run.losses())];
  // A check of losses that stay as they are would not see gradients.
  expect(Math.abs((wanted[0] ?? 0) - (wanted[STEPS - 1] ?? 0))).toBeGreaterThan(10 * TOLERANCE);

  const tfjs = problem.tfjs?.(initial);
  const plain: number[] = [];
  for (let step = 0; tfjs && step < STEPS; step++) plain.push((await tfjs.step().data())[0] ?? NaN);
  if (tfjs) expect(lossDifference(plain, wanted)).toBeLessThan(1e-4);

  const jax = problem.jax?.(initial);
  const jitted: number[] = [];
  for (let step = 0; jax && step < STEPS; step++) {
    await jax.firstStep();
    jitted.push(await jax.loss());
  }
  if (jax) expect(lossDifference(jitted, wanted)).toBeLessThan(1e-4);
  // What a method costs may be measured on our engine alone, beside the workload that it adds to.
  expect(tfjs ?? jax ?? workload.comparedWith).toBeDefined();
  lab.dispose();
  tfjs?.dispose();
  jax?.dispose();
});
