import { AxeBuilder } from '@axe-core/playwright';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';

const SEEDS = [0, 1] as const;
const MARGIN = 0.005;
/** Upper 97.5 % point of Student's distribution with one degree of freedom: tan(0.475 π). */
const T = 12.706204736;
const built = builtLab();

const plain = (text: string | null) => (text ?? '').replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ').trim();
const points = (difference: number) =>
  `${difference > 0 ? '+' : ''}${(100 * difference).toFixed(2)}`
    .replace('-', '−')
    .replace(/^[+−]?0\.00$/, '0.00');
const heightOf = async (strip: Locator) => (await strip.boundingBox())?.height;

it('the verdict stands on the finished pairs, as the stored runs have them', async () => {
  const lab = await built.visit('?e=tract&p=smoke&trainExamples=1600&testExamples=250&seeds=0-1');
  const strip = lab.page.getByRole('region', {
    name: 'The paper’s claim: TrAct against Vanilla in Test accuracy',
    exact: true,
  });
  const state = () => strip.getAttribute('data-state');
  const text = async () => plain(await strip.textContent());
  await expect.poll(state).toBe('not run');
  expect(await text()).toContain('Not run needs 2 seeds of both');
  const height = await heightOf(strip);

  await lab.button('Train').click();
  for (const variant of ['TrAct', 'Vanilla']) await lab.reaches(variant, 'done', { seed: 0 });
  await expect.poll(text).toContain('Undecided so far: one pair of runs has no interval');
  expect(await text()).toMatch(/at least 1 more seed, about \d+ (s|min), 1 under way/);
  expect(await heightOf(strip)).toBe(height);
  for (const variant of ['TrAct', 'Vanilla']) await lab.reaches(variant, 'done', { seed: 1 });

  const differences: number[] = [];
  for (const seed of SEEDS) {
    const [method, baseline] = [await lab.record('TrAct', seed), await lab.record('Vanilla', seed)];
    const last = ({ series }: typeof method) => series['testAccuracy']?.value.at(-1) ?? NaN;
    differences.push(last(method) - last(baseline));
    expect(last(method) - last(baseline)).toBe(
      (await lab.metric('TrAct', 'testAccuracy', seed)) - (await lab.metric('Vanilla', 'testAccuracy', seed)),
    );
    expect(method.record.facts?.initDigest).toBe(baseline.record.facts?.initDigest);
  }
  const [a = NaN, b = NaN] = differences;
  const [mean, half] = [(a + b) / 2, (T * Math.abs(a - b)) / 2];

  await expect.poll(text).not.toContain('so far');
  await strip.getByText('How it is judged').click();
  const told = await text();
  if (a === b) {
    expect(await state()).toBe('undecided');
    expect(told).toContain('equal differences have no interval');
  } else {
    const [low, high] = [mean - half, mean + half];
    expect(await state()).toBe(low > MARGIN ? 'supported' : high <= MARGIN ? 'not supported' : 'undecided');
    expect(told).toContain(`95 % interval ${points(low)} to ${points(high)}`);
    const ends = strip.locator('[data-low]');
    expect(Number(await ends.getAttribute('data-low'))).toBeCloseTo(low, 9);
    expect(Number(await ends.getAttribute('data-high'))).toBeCloseTo(high, 9);
    const t = (mean - MARGIN) / (Math.abs(a - b) / 2);
    const p = 1 - (2 / Math.PI) * Math.atan(Math.abs(t)); // one degree of freedom
    expect(told).toContain(`t = ${t.toFixed(2).replace('-', '−')}, 1 df, p = ${Number(p.toPrecision(3))}`);
  }
  expect(told).toContain(`${points(mean)} points`);
  expect(Number(await strip.locator('[data-mean]').getAttribute('data-mean'))).toBeCloseTo(mean, 12);
  for (const [i, seed] of SEEDS.entries()) {
    const row = strip.locator(`tr[data-seed="${seed}"]`);
    expect(Number(await row.getAttribute('data-difference'))).toBe(differences[i]);
    expect(await row.getAttribute('data-judged')).toBe('true');
    expect(plain(await row.textContent())).toContain('same data, same batches, same initial weights');
  }

  for (const scheme of ['light', 'dark'] as const) {
    await lab.page.emulateMedia({ colorScheme: scheme });
    const { violations } = await new AxeBuilder({ page: lab.page }).include('.claims').analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  for (const width of [390, 1440]) {
    await lab.page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() => lab.page.evaluate(() => document.documentElement.scrollWidth - innerWidth))
      .toBeLessThanOrEqual(0);
    expect(await strip.evaluate((section) => section.scrollWidth - section.clientWidth)).toBe(0);
  }
  await strip.getByText('How it is judged').click();
  expect(await heightOf(strip)).toBe(height);

  // A visit later the same runs say the same.
  const closed = await text();
  await lab.page.reload();
  await expect.poll(text).toBe(closed);
  expect(lab.complaints).toEqual([]);
  await lab.close();
});
