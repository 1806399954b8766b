import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

/** Few steps of a very small model. */
const TINY =
  '?e=mixture-of-depths&p=smoke&trainExamples=200&testExamples=250&batch=8&depth=2&width=16&duration=3&evalEvery=0';
const QUARTER = 'capacity:0.25,router:amod';
const WHOLE = 'capacity:1,router:amod';
const DENSE = 'Dense ViT';
/** Two capacities of one router beside the dense model, on two seeds. */
const SWEPT = `${TINY}&vs=${QUARTER}|${WHOLE}|${DENSE.replace(' ', '+')}&seeds=0-1`;

const site = builtLab();

/** The points of the front chart, from the table that mirrors them. */
async function pointsOf(lab: LabPage) {
  const rows = await lab.page
    .getByRole('figure', { name: /against FLOPs/ })
    .locator('tr[data-x]')
    .evaluateAll((found) =>
      found.map((row) => ({
        digest: row.getAttribute('data-spec') ?? '',
        flops: Number(row.getAttribute('data-x')),
        mean: Number(row.getAttribute('data-mean')),
        half: row.getAttribute('data-half') ?? '',
        text: row.textContent,
      })),
    );
  return new Map(rows.map((row) => [row.digest, row]));
}

describe('a capacity sweep', () => {
  it('one click compares every capacity, the link holds it, and there is a way back', async () => {
    const lab = await site.visit(`${TINY}&seeds=0-1`);
    const usual = await lab.page.getByRole('region', { name: 'Variants' }).getByRole('listitem').count();
    await lab.button('Capacity sweep').click();
    const variants = () => (new URL(lab.page.url()).searchParams.get('vs') ?? '').split('|');
    await expect.poll(() => variants().length).toBeGreaterThan(8);
    expect(variants()).toEqual(expect.arrayContaining([QUARTER, WHOLE, DENSE]));
    expect(lab.page.url().length).toBeLessThan(2000);
    await lab.page
      .getByText(`${variants().length} variants × 2 seeds = ${2 * variants().length} runs`)
      .waitFor();

    await lab.page.reload();
    expect(await lab.page.getByRole('alert').count()).toBe(0);
    await lab.page.getByText(`Train starts ${2 * variants().length} runs`).waitFor();
    await lab.button('Remove A-MoD, capacity 25 % from the comparison').click();
    await expect.poll(() => variants().includes(QUARTER)).toBe(false);
    await lab.button('Capacity sweep').click();
    await lab.page.getByRole('button', { name: /^Back to/ }).click();
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('vs')).toBe(null);
    expect(await lab.page.getByRole('region', { name: 'Variants' }).getByRole('listitem').count()).toBe(
      usual,
    );
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('draws a point for each setting once its runs are done: FLOPs, mean and interval', async () => {
    const lab = await site.visit(SWEPT);
    const figure = lab.page.getByRole('figure', { name: /Test accuracy against FLOPs/ });
    await figure.getByText('No run is done yet').waitFor();
    await figure.getByText('0 of 6 runs done').waitFor();
    const empty = await figure.boundingBox();

    await lab.button('Train').click();
    for (const seed of [0, 1])
      for (const variant of [QUARTER, WHOLE, DENSE]) await lab.reaches(variant, 'done', { seed });
    await figure.getByText('mean of 2 seeds, 95 % t-interval').waitFor();
    expect((await figure.boundingBox())?.height).toBe(empty?.height); // nothing below it has moved

    const check = async () => {
      const points = await pointsOf(lab);
      expect(points.size).toBe(3);
      for (const variant of [QUARTER, WHOLE, DENSE]) {
        const { record } = await lab.record(variant);
        const point = points.get(record.specDigest);
        const values = [
          await lab.metric(variant, 'testAccuracy', 0),
          await lab.metric(variant, 'testAccuracy', 1),
        ];
        const [a = NaN, b = NaN] = values;
        expect(point?.flops).toBe(record.facts?.flopsPerImage);
        expect(point?.mean).toBeCloseTo((a + b) / 2, 12);
        expect(Number(point?.half)).toBeCloseTo((12.706204736 * Math.abs(a - b)) / 2, 8);
      }
      return points;
    };
    const points = await check();
    const flops = async (variant: string) =>
      points.get((await lab.record(variant)).record.specDigest)?.flops ?? NaN;
    expect(await flops(QUARTER)).toBeLessThan(await flops(WHOLE));
    expect(await flops(WHOLE)).toBe(await flops(DENSE)); // nothing is skipped, and attention is no router to pay for

    // By keyboard, from the cheapest on.
    const handle = figure.getByRole('slider', { name: /Points of/ });
    await handle.focus();
    await lab.page.keyboard.press('ArrowRight');
    const spoken = ((await handle.getAttribute('aria-valuetext')) ?? '').replaceAll('\u00a0', ' ');
    expect(spoken).toMatch(
      /^A-MoD, capacity 25 %; [\d.]+ k multiply-accumulates per image; Test accuracy [\d.]+ ± [\d.]+ %; 2 seeds: 0, 1$/,
    );

    await lab.page.reload();
    await lab.reaches(DENSE, 'done', { seed: 1 });
    await figure.getByText('mean of 2 seeds, 95 % t-interval').waitFor();
    expect(await check()).toEqual(points);

    for (const scheme of ['light', 'dark'] as const) {
      await lab.page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page: lab.page }).include('.columns').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
    for (const width of [390, 1440]) {
      await lab.page.setViewportSize({ width, height: 844 });
      const overflow = await lab.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
    }
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
