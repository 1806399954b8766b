import { describe, expect, it } from 'vitest';
import card from '../../src/experiments/task-weighting/card';
import { tasksOf, type TaskSet } from '../../src/experiments/task-weighting/tasks';
import { MemoryCheckpoints } from '../../src/run/memory-checkpoints';
import { collectRunOf, type CollectedRun } from '../support/collect-run';
import { onWebGpu } from '../support/on-webgpu';

const lab = onWebGpu();

const TINY = {
  ...{ trainExamples: 300, validationExamples: 100, testExamples: 100 },
  ...{ width: 16, depth: 1, batch: 20, duration: 12, evalEvery: 6, temperature: 5 },
};
const run = (spec: object, seed = 0, checkpoints = new MemoryCheckpoints()) =>
  collectRunOf(card, lab.compute, { ...TINY, ...spec }, seed, { checkpoints });
const last = ({ series }: CollectedRun, name: string) => [...(series[name]?.values() ?? [])].at(-1) ?? NaN;
const bits = ({ series }: CollectedRun, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, [...(series[name] ?? [])]]));

describe('runs of task weighting', () => {
  it.each([
    ['multi-fashion', 'mlp'],
    ['multi-fashion', 'cnn'],
    ['fashion-3', 'cnn'],
    ['fashion-3', 'vit'],
    ['multi-fashion', 'vit'],
    ['attributes', 'mlp'],
    ['attributes', 'vit'],
  ] as const)('%s on a trunk of kind %s: captured, every task told at every step', async (tasks, trunk) => {
    const patch = tasks === 'multi-fashion' ? 6 : 7;
    const { facts, series } = await run({ tasks, trunk, patch, baselines: false });
    expect(facts?.engine?.captured).toEqual({ captured: true });
    for (const { id } of tasksOf(tasks)) {
      expect(series[`weight.${id}`]?.size).toBe(12);
      expect([...(series[`loss.${id}`]?.values() ?? [])].every((loss) => loss > 0)).toBe(true);
      expect([...(series[`task.${id}`]?.keys() ?? [])]).toEqual([6, 12]);
    }
    expect(series['deltaM']).toBeUndefined();
    expect(facts?.flopsPerStep).toBe(3 * 20 * (facts?.flopsPerImage ?? NaN));
  });

  it.each(['multi-fashion', 'fashion-3', 'attributes'] as const)(
    '%s: Δm is the mean change against single-task models, which variants of a seed share',
    async (tasks: TaskSet) => {
      const checkpoints = new MemoryCheckpoints();
      const infos = tasksOf(tasks);
      const [first, second] = [
        await run({ tasks, method: 'ew' }, 0, checkpoints),
        await run({ tasks, method: 'uw-o', scales: '3' }, 0, checkpoints),
      ];
      expect(first.facts?.details['Single-task models']).toBe(`${infos.length} trained for this run`);
      expect(second.facts?.details['Single-task models']).toMatch(/^\d+ found as an earlier run left them$/);
      expect(second.facts?.initDigest).toBe(first.facts?.initDigest);
      for (const told of [first, second]) {
        const changes = infos.map(({ id, metric }) => {
          const [model, single] = [last(told, `task.${id}`), last(told, `single.${id}`)];
          expect(single).toBe(last(first, `single.${id}`));
          const change = (model - single) / single;
          return metric.better === 'higher' ? -change : change;
        });
        for (const [k, { id }] of infos.entries())
          expect(last(told, `taskDelta.${id}`)).toBeCloseTo(changes[k] ?? NaN, 5);
        const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
        expect(last(told, 'deltaM')).toBeCloseTo(mean, 5);
        expect([...(told.series['quarterDeltaM']?.keys() ?? [])]).toEqual([3]);
      }
    },
  );

  it('measuring gradients changes nothing of the training and tells its cost', async () => {
    const names = ['trainLoss', 'weight.class', 'loss.angle', 'task.clean'];
    const setting = { tasks: 'fashion-3', baselines: false };
    const plain = await run(setting);
    const measured = await run({ ...setting, measures: true, measureEvery: 4, measureSamples: 3 });
    expect(bits(measured, names)).toEqual(bits(plain, names));
    for (const name of ['gradient.trunk', 'update.class', 'taskCosine', 'sampleMagnitude', 'measurementTime'])
      expect([...(measured.series[name]?.keys() ?? [])], name).toEqual([4, 8, 12]);
    expect(last(measured, 'measurementTime')).toBeGreaterThan(0);
  });

  it('gives the same bits again, and other ones for another seed', async () => {
    const names = ['trainLoss', 'weight.left', 'task.right'];
    const setting = { tasks: 'multi-fashion', method: 'rlw', baselines: false };
    const [one, two, other] = [await run(setting), await run(setting), await run(setting, 1)];
    expect(bits(two, names)).toEqual(bits(one, names));
    expect(bits(other, names)).not.toEqual(bits(one, names));
  });

  it('DWA weighs every task with 1 for two epochs, then by how the mean losses of epochs fell', async () => {
    const told = await run({ method: 'dwa', baselines: false, batch: 100, duration: 12 });
    const weights = [...(told.series['weight.left']?.values() ?? [])];
    const losses = (id: string) => [...(told.series[`loss.${id}`]?.values() ?? [])];
    expect(weights.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1]); // two epochs of three steps
    const epochMean = (id: string, epoch: number) =>
      losses(id)
        .slice(3 * epoch, 3 * epoch + 3)
        .reduce((sum, loss) => sum + loss / 3, 0);
    const rate = (id: string) => epochMean(id, 1) / epochMean(id, 0);
    const expected =
      (2 * Math.exp(rate('left') / 2)) / (Math.exp(rate('left') / 2) + Math.exp(rate('right') / 2));
    expect(weights[6]).toBeCloseTo(expected, 5);
    expect(weights[8]).toBe(weights[6]);
  });
});
