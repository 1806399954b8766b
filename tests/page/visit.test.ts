import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { builtLab } from '../support/built-lab';

const EXPERIMENT = '?e=mixture-of-depths';

const site = builtLab();

describe('finding one’s way', () => {
  it('the home page leads to the experiment, which names its paper', async () => {
    const lab = await site.visit();
    await lab.page
      .getByRole('link', { name: /Mixture-of-Depths/ })
      .first()
      .click();
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('e')).toBe('mixture-of-depths');
    await lab.button('Train').waitFor();
    const text = (await lab.page.textContent('main')) ?? '';
    for (const part of [
      'Attention Is All You Need For Mixture-of-Depths Routing',
      'Gadhikar',
      '2412.20875',
      '@misc{',
    ])
      expect(text).toContain(part);
    await lab.page.goBack();
    await lab.page
      .getByRole('link', { name: /Mixture-of-Depths/ })
      .first()
      .waitFor();
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });

  it('every knob has a label, a value in bounds, and a way back to its default', async () => {
    const lab = await site.visit(`${EXPERIMENT}&capacity=0.25`);
    const capacity = lab.page.getByRole('spinbutton', { name: /Capacity/ });
    expect(await capacity.inputValue()).toBe('0.25');
    await lab.page.getByRole('button', { name: /reset capacity/i }).click();
    expect(await capacity.inputValue()).toBe('0.5');
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('capacity')).toBe(null);
    await capacity.fill('0.75');
    await capacity.press('Enter');
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('capacity')).toBe('0.75');
    await lab.close();
  });

  it('a bad link lists every problem and opens with the defaults', async () => {
    const bad = `${EXPERIMENT}&capacity=7&depth=2.5&colour=red&p=none&seeds=x&vs=Nothing&width=%3Cimg%20src=x%3E`;
    const lab = await site.visit(bad);
    const notice = (await lab.page.getByRole('alert').first().textContent()) ?? '';
    for (const where of ['capacity', 'depth', 'colour', 'none', 'seeds', 'Nothing', 'width'])
      expect(notice.toLowerCase()).toContain(where.toLowerCase());
    expect(await lab.page.locator('[role=alert] img').count()).toBe(0); // text, never markup
    expect(await lab.page.getByRole('spinbutton', { name: /Capacity/ }).inputValue()).toBe('0.5');
    expect(await lab.button('Train').isEnabled()).toBe(true);
    await lab.close();
  });

  it('an unknown experiment says so and shows the home page', async () => {
    const lab = await site.visit('?e=perpetual-motion');
    expect(await lab.page.getByRole('alert').first().textContent()).toContain('perpetual-motion');
    await lab.page
      .getByRole('link', { name: /Mixture-of-Depths/ })
      .first()
      .waitFor();
    await lab.close();
  });

  it('a setting that cannot run says why beside the knob, and Train is not offered', async () => {
    const lab = await site.visit(`${EXPERIMENT}&patch=5`);
    await lab.page.getByText('a patch of 5 pixels does not divide').first().waitFor();
    expect(await lab.button('Train').isDisabled()).toBe(true);
    await lab.close();
  });

  it('Add variant puts a new variant into the link and the queue', async () => {
    const lab = await site.visit(
      `${EXPERIMENT}&p=smoke&duration=4&evalEvery=0&testExamples=250&trainExamples=500&vs=Dense+ViT`,
    );
    await lab.button('Add variant').click();
    const dialog = lab.page.getByRole('dialog');
    await dialog.getByRole('button', { name: /A-MoD/ }).first().click();
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('vs') ?? 'both').toBe('Dense ViT|A-MoD');
    await lab.close();
  });
});

describe('reading by everyone', () => {
  it('an experiment in dark: axe finds nothing', async () => {
    const lab = await site.visit('about:blank');
    await lab.page.emulateMedia({ colorScheme: 'dark' });
    await lab.page.goto(site.address + EXPERIMENT);
    await lab.page.getByRole('main').waitFor();
    const { violations } = await new AxeBuilder({ page: lab.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await lab.close();
  });

  it.each([
    ['home', ''],
    ['an experiment', EXPERIMENT],
  ])('nothing sticks out of the page of %s at any width', async (_, search) => {
    const lab = await site.visit(search);
    await lab.page.getByRole('main').waitFor();
    for (const width of [390, 768, 1440]) {
      await lab.page.setViewportSize({ width, height: 844 });
      const overflow = () =>
        lab.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await expect.poll(overflow, { message: `${width} pixels` }).toBeLessThanOrEqual(0);
    }
    await lab.close();
  });
});

describe('without WebGPU', () => {
  const plain = builtLab({ webgpu: false });

  it('the page says what is missing, and trains on wasm, marked as such', async () => {
    const lab = await plain.visit(
      `${EXPERIMENT}&p=smoke&duration=20&evalEvery=0&testExamples=250&trainExamples=2000&vs=A-MoD`,
    );
    await lab.page
      .getByText(/WebGPU/)
      .first()
      .waitFor();
    await lab.page
      .getByText(/WebAssembly/)
      .first()
      .waitFor();
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    const { record, series } = await lab.record('A-MoD');
    expect(record.device?.backend).toBe('wasm');
    expect(record.device?.reason).toBeTruthy();
    const losses = series['trainLoss']?.value ?? [];
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? NaN);
    expect(lab.complaints).toEqual([]);
    await lab.close();
  });
});
