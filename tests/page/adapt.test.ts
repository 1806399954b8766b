import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const ADAPT =
  '?e=mixture-of-depths&p=smoke&protocol=adapt&pretrainEpochs=1&trainExamples=960&testExamples=250&duration=4&evalEvery=0';

const site = builtLab();

const origin = async (lab: LabPage, variant: string) =>
  (await lab.record(variant)).record.facts?.details['Dense model that it began with'] ?? '';

describe('adapting a dense model on the page', () => {
  it('trains it once for both variants, keeps it over a reload, and says what each could before training', async () => {
    const lab = await site.visit(`${ADAPT}&vs=A-MoD|MoD`);
    await lab.button('Train').click();
    await lab.page.getByText(/^pre-training, step \d+ of 30$/).waitFor();
    for (const variant of ['A-MoD', 'MoD']) await lab.reaches(variant, 'done');
    expect(await origin(lab, 'A-MoD')).toMatch(/^[0-9.]+ % on fashion-mnist after 30 steps$/);
    expect(await origin(lab, 'MoD')).toContain('found as an earlier run left it');
    for (const variant of ['A-MoD', 'MoD']) {
      const { series } = await lab.record(variant);
      expect(series['testAccuracy']?.step).toEqual([0, 4]);
      expect(await lab.metric(variant, 'zeroTraining')).toBe(series['testAccuracy']?.value[0]);
    }

    await lab.page.goto(`${site.address}${ADAPT}&vs=Random+routing`);
    await lab.button('Train').click();
    await lab.reaches('Random routing', 'done');
    expect(await origin(lab, 'Random routing')).toContain('found as an earlier run left it');
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('stopped in mid-training, it goes on from there', async () => {
    const long = `${ADAPT.replace('pretrainEpochs=1', 'pretrainEpochs=6')}&vs=A-MoD`;
    const straight = await site.visit(long);
    await straight.button('Train').click();
    await straight.reaches('A-MoD', 'done');

    const lab = await site.visit(long);
    await lab.button('Train').click();
    await lab.page.getByText(/^pre-training, step [1-9]\d* of 180$/).waitFor();
    await lab.button('Stop').click();
    await lab.reaches('A-MoD', 'stopped');
    expect((await lab.storedFiles()).some((name) => name.endsWith('.unfinished'))).toBe(true);
    await lab.page.reload();
    await lab.reaches('A-MoD', 'stopped');
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    const [first, second] = [await straight.record('A-MoD'), await lab.record('A-MoD')];
    for (const metric of ['trainLoss', 'testLoss'])
      expect(second.series[metric]).toEqual(first.series[metric]);
    expect(second.record.facts?.initDigest).toBe(first.record.facts?.initDigest);
    expect((await lab.storedFiles()).some((name) => name.endsWith('.unfinished'))).toBe(false);
    await straight.close();
    await lab.close();
  });

  it('a run that is removed takes its model along, and leaves the dense one', async () => {
    const lab = await site.visit(`${ADAPT}&vs=A-MoD`);
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    const kinds = async () =>
      (await lab.storedFiles()).map((name) => name.slice(0, name.indexOf('-'))).sort();
    expect(await kinds()).toEqual(['dense', 'run']);
    await lab.button('Remove A-MoD, seed 0').click();
    await expect.poll(kinds).toEqual(['dense']);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
