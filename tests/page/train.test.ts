import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const SMOKE = '?e=mixture-of-depths&p=smoke&vs=A-MoD|Dense+ViT';
/** Shorter still, for what does not need a good model. */
const SHORT = `${SMOKE}&testExamples=250&trainExamples=2000`;
const TWELVE = `${SHORT}&duration=12&evalEvery=6`;
const LEARNED = ['trainLoss', 'testLoss', 'testAccuracy', 'learningRate'] as const;

const site = builtLab();

/** Told by a worker that then waits for a run. */
const TOLD = /^This browser computes on/;
/** Workers that train or wait for a run. */
const trainers = ({ page }: LabPage) => page.workers().filter((worker) => worker.url().includes('/runner-'));

describe('training on the page', () => {
  it('smoke preset: both variants learn Fashion-MNIST far beyond chance, on WebGPU', async () => {
    const lab = await site.visit(SMOKE);
    await lab.button('Train').click();
    for (const variant of ['A-MoD', 'Dense ViT']) {
      await lab.reaches(variant, 'done');
      const { record, series } = await lab.record(variant);
      const losses = series['trainLoss']?.value ?? [];
      const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
      expect(losses).toHaveLength(record.facts?.totalSteps ?? NaN);
      expect(mean(losses.slice(-10))).toBeLessThan(0.6 * mean(losses.slice(0, 10)));
      expect(await lab.metric(variant, 'testAccuracy')).toBeGreaterThan(0.5); // chance is 0.1
      expect(await lab.metric(variant, 'testAccuracy')).toBe(series['testAccuracy']?.value.at(-1));
      expect(record.device?.backend).toBe('webgpu');
    }
    const [amod, dense] = [await lab.record('A-MoD'), await lab.record('Dense ViT')];
    // Paired: the same start and the same data; less work for the method.
    expect(amod.record.facts?.initDigest).toBe(dense.record.facts?.initDigest);
    expect(amod.record.facts?.dataDigest).toBe(dense.record.facts?.dataDigest);
    expect(amod.record.facts?.flopsPerStep).toBeLessThan(dense.record.facts?.flopsPerStep ?? NaN);
    for (const name of [
      'Test accuracy against FLOPs',
      'Test accuracy,',
      'Training loss',
      'Test loss',
      'Throughput',
      'Learning rate',
    ])
      expect(await lab.page.getByRole('figure', { name: new RegExp(`^${name}`) }).count()).toBe(1);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('a shared link, opened in a fresh profile, gives the same curves to the last bit', async () => {
    const author = await site.visit(`${TWELVE}&capacity=0.25&seeds=3`);
    await author.button('Train').click();
    await author.reaches('Dense ViT', 'done', { seed: 3 });
    await author.reaches('A-MoD', 'done', { seed: 3 });
    await author.button('Share').click();
    const link = await author.page.getByRole('dialog').getByRole('textbox').first().inputValue();
    expect(link).toContain('capacity=0.25');
    expect(link).toContain('seeds=3');
    expect(link).toContain('build=');

    const reader = await site.visit(link);
    expect(await reader.page.getByRole('alert').count()).toBe(0);
    await reader.button('Train').click();
    for (const variant of ['A-MoD', 'Dense ViT']) {
      await reader.reaches(variant, 'done', { seed: 3 });
      const [first, second] = [await author.record(variant, 3), await reader.record(variant, 3)];
      for (const metric of LEARNED) expect(second.series[metric]).toEqual(first.series[metric]);
      expect(first.series['trainLoss']?.step).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    }
    expect([...author.complaints, ...reader.complaints]).toEqual([]);
    await author.close();
    await reader.close();
  });

  it('steps singly, pauses, resumes, and is not changed by any of it', async () => {
    const only = `${SHORT}&vs=A-MoD&duration=30&evalEvery=10`;
    const straight = await site.visit(only);
    await straight.button('Train').click();
    await straight.reaches('A-MoD', 'done');

    const lab = await site.visit(only);
    await lab.button('Step').click();
    await lab.reaches('A-MoD', 'paused');
    await expect.poll(async () => lab.metric('A-MoD', 'trainLoss')).not.toBeNaN();
    const afterOne = await lab.metric('A-MoD', 'trainLoss');
    await lab.button('Step').click();
    await expect.poll(async () => lab.metric('A-MoD', 'trainLoss')).not.toBe(afterOne);
    await lab.button('Resume').click();
    await lab.reaches('A-MoD', 'running');
    await lab.button('Pause').click();
    await lab.reaches('A-MoD', 'paused');
    const held = await lab.metric('A-MoD', 'trainLoss');
    await lab.page.waitForTimeout(1500);
    expect(await lab.metric('A-MoD', 'trainLoss')).toBe(held);
    await lab.button('Resume').click();
    await lab.reaches('A-MoD', 'done');
    const [plain, fiddled] = [await straight.record('A-MoD'), await lab.record('A-MoD')];
    for (const metric of LEARNED) expect(fiddled.series[metric]).toEqual(plain.series[metric]);
    expect(lab.complaints).toEqual([]);
    await straight.close();
    await lab.close();
  });

  it('stops, keeps what was measured, and shows it again after a reload', async () => {
    const lab = await site.visit(`${SHORT}&duration=5000`);
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'running');
    await expect.poll(async () => lab.metric('A-MoD', 'trainLoss')).not.toBeNaN();
    await lab.button('Stop').click();
    await lab.reaches('A-MoD', 'stopped');
    const loss = await lab.metric('A-MoD', 'trainLoss');
    await lab.page.waitForTimeout(500);
    await lab.page.reload();
    await lab.reaches('A-MoD', 'stopped');
    expect(await lab.metric('A-MoD', 'trainLoss')).toBe(loss);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('a reload in mid-run loses nothing but the steps not yet taken', async () => {
    const lab = await site.visit(`${SHORT}&duration=5000&vs=A-MoD`);
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'running');
    await lab.page.waitForTimeout(5000);
    await lab.page.reload();
    await lab.reaches('A-MoD', 'stopped');
    expect(await lab.metric('A-MoD', 'trainLoss')).toBeGreaterThan(0);
    await lab.close();
  });

  it('two workers at once: both train, and each gets what it gets alone', async () => {
    const alone = await site.visit(TWELVE);
    await alone.page.getByText(TOLD).waitFor();
    await alone.button('Train').click();
    await alone.reaches('Dense ViT', 'done');
    expect(trainers(alone)).toHaveLength(1);

    const lab = await site.visit(`${TWELVE}#parallel=2`);
    await lab.page.getByText(TOLD).waitFor();
    await lab.button('Train').click();
    for (const variant of ['A-MoD', 'Dense ViT']) {
      await lab.reaches(variant, 'done');
      const [one, two] = [await alone.record(variant), await lab.record(variant)];
      for (const metric of LEARNED) expect(two.series[metric]).toEqual(one.series[metric]);
    }
    expect(trainers(lab)).toHaveLength(2);
    expect(lab.complaints).toEqual([]);
    await alone.close();
    await lab.close();
  });

  it('an altered shard fails the run with a clear word, and leaves the page usable', async () => {
    const lab = await site.visit(`${TWELVE}&vs=A-MoD`);
    await lab.page.context().route('**/data/fashion-mnist/train-000.bin', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      await route.fulfill({ response, body });
    });
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'failed');
    expect(
      await lab.page
        .getByText(/train-000\.bin/)
        .first()
        .textContent(),
    ).toMatch(/train-000\.bin/);
    const { record } = await lab.record('A-MoD');
    expect(record.fault?.name).toBe('DataError');
    await lab.page.context().unroute('**/data/fashion-mnist/train-000.bin');
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    await lab.close();
  });
});
