import { AxeBuilder } from '@axe-core/playwright';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/data/safetensors';
import { decodeBundle } from '../../src/run/bundle';
import type { RunRecord } from '../../src/run/record';
import { builtLab } from '../support/built-lab';
import type { LabPage } from '../support/lab-page';

const RUN = '?e=mixture-of-depths&p=smoke&duration=8&evalEvery=4&testExamples=250&trainExamples=500&vs=A-MoD';
const FIXTURE = fileURLToPath(new URL('../fixtures/format-1.seedlab', import.meta.url));

const site = builtLab();
let lab: LabPage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'seedlab-export-'));
  lab = await site.visit(RUN);
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true });
});

const save = (format: string) => lab.saved(() => lab.button(`Save ${format}`).click());
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Drags a file over the page and, unless told otherwise, drops it, as a mouse does. */
async function drag(
  visitor: LabPage,
  { name, bytes }: { name: string; bytes: Uint8Array },
  drop = true,
): Promise<void> {
  await visitor.page.getByRole('banner').waitFor();
  const events = drop ? ['dragenter', 'dragover', 'drop'] : ['dragenter', 'dragover'];
  const transfer = await visitor.page.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(content)], file));
      return data;
    },
    [name, [...bytes]] as const,
  );
  for (const event of events)
    await visitor.page.getByRole('main').dispatchEvent(event, { dataTransfer: transfer });
}

/** What the page says became of files, with plain spaces. */
async function said(visitor: LabPage): Promise<string> {
  const words = await visitor.page.locator('[data-opened-files]').textContent();
  return (words ?? '').replace(/\s+/g, ' ');
}

describe('exporting runs', () => {
  let record: RunRecord;
  let bundle: { name: string; bytes: Uint8Array<ArrayBuffer> };
  let model: { name: string; bytes: Uint8Array<ArrayBuffer> };

  it('a run that is done can be saved from a dialog that E opens, which axe finds nothing in', async () => {
    await lab.button('Train').click();
    await lab.reaches('A-MoD', 'done');
    ({ record } = await lab.record('A-MoD'));
    await lab.page.keyboard.press('e');
    await lab.page.getByRole('dialog', { name: 'Export runs' }).waitFor();
    bundle = await save('Seedlab bundle');
    model = await save('Trained model');
    const { violations } = await new AxeBuilder({ page: lab.page }).include('dialog').analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });

  it('a bundle holds the record, every number to the bit, its pictures and the link', async () => {
    expect(bundle.name).toMatch(/^mixture-of-depths-\d{4}-\d\d-\d\d-\d{4}\.seedlab$/);
    const { link, build, records } = await decodeBundle(bundle.bytes);
    expect(link).toContain('duration=8');
    expect(link).toContain(`build=${build}`);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ id: record.id, origin: 'here', status: 'done', spec: record.spec });
    expect(records[0]?.series.map(({ metric, value }) => [metric, [...value]])).toEqual(
      record.series.map(({ metric, value }) => [metric, [...value]]),
    );
    expect(records[0]?.snapshots?.length).toBeGreaterThan(0);
  });

  it('CSV, JSON and JSON lines hold every value', async () => {
    const values = record.series.reduce((sum, { value }) => sum + [...value].length, 0);
    const csv = await save('CSV');
    expect(csv.name).toMatch(/\.csv$/);
    expect(text(csv.bytes).trimEnd().split('\n')).toHaveLength(values + 1);
    const json = JSON.parse(text((await save('JSON')).bytes)) as RunRecord[];
    expect(json.map(({ id }) => id)).toEqual([record.id]);
    expect(json[0]?.series.map(({ value }) => value)).toEqual(record.series.map(({ value }) => [...value]));
    const lines = text((await save('JSON lines')).bytes)
      .trimEnd()
      .split('\n');
    const rows = lines.map((line) => JSON.parse(line) as Record<string, number>);
    expect(rows.map(({ _step }) => _step)).toEqual([...new Set(rows.map(({ _step }) => _step))]);
    const loss = record.series.find(({ metric }) => metric === 'trainLoss');
    expect(rows.flatMap(({ trainLoss }) => trainLoss ?? [])).toEqual([...(loss?.value ?? [])]);
  });

  it('TensorBoard files come in a zip, one folder for the run', async () => {
    const { name, bytes } = await save('TensorBoard');
    expect(name).toMatch(/-tensorboard\.zip$/);
    expect([...bytes.subarray(0, 4)]).toEqual([0x50, 0x4b, 3, 4]);
    expect(text(bytes)).toContain('A-MoD-seed0/events.out.tfevents.');
    expect(text(bytes)).toContain('brain.Event:2');
  });

  it('the model is a safetensors file with the setting inside', () => {
    expect(model.name).toMatch(/^A-MoD-seed0-.*\.safetensors$/);
    const { tensors, metadata } = decodeSafetensors(model.bytes);
    expect(tensors.size).toBeGreaterThan(5);
    expect(metadata).toMatchObject({
      experiment: 'mixture-of-depths',
      variant: 'A-MoD',
      seed: '0',
      step: '8',
    });
    expect(JSON.parse(metadata['spec'] ?? '')).toEqual(record.spec);
  });

  it('a run whose lens asks no model leaves one, too, which opens again', async () => {
    const other = await site.visit('?e=unconstrained-features&vs=Squared+error&duration=40&evalEvery=0');
    await other.button('Train').click();
    await other.reaches('Squared error', 'done');
    await other.page.keyboard.press('e');
    const file = await other.saved(() => other.button('Save Trained model').click());
    await other.page.keyboard.press('Escape');
    const { tensors, metadata } = decodeSafetensors(file.bytes);
    expect(metadata).toMatchObject({ experiment: 'unconstrained-features', step: '40' });
    const { record: trained } = await other.record('Squared error');
    const count = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
    expect(count).toBe(trained.facts?.parameters);

    const reader = await site.visit();
    await drag(reader, file);
    await reader.reaches('Squared error', 'done');
    expect(await said(reader)).toMatch(/Squared error, seed 0 opened with its model/);
    expect([...other.complaints, ...reader.complaints]).toEqual([]);
    await other.close();
    await reader.close();
  });

  it('a bundle dropped on another visitor’s page opens the setting with its runs, once, and is kept', async () => {
    const other = await site.visit();
    await drag(other, bundle, false);
    await other.page.locator('[data-drop-zone]').getByText('Drop to open').waitFor();
    await drag(other, bundle);
    await other.reaches('A-MoD', 'done');
    expect(await other.page.locator('[data-drop-zone]').count()).toBe(0);
    expect(await said(other)).toMatch(/1 run opened, made with build/);
    expect(new URL(other.page.url()).searchParams.get('duration')).toBe('8');
    expect(await other.metric('A-MoD', 'trainLoss')).toBe(await lab.metric('A-MoD', 'trainLoss'));
    const kept = await other.record('A-MoD');
    expect(kept.record).toMatchObject({ id: record.id, origin: 'imported' });

    // Another’s run does not stand for one’s own.
    expect(await other.button('Train').getAttribute('aria-disabled')).not.toBe('true');

    await drag(other, bundle);
    await expect.poll(() => said(other)).toMatch(/0 runs opened.*1 run skipped, already here/);

    // The model, which a bundle does not hold, joins its run.
    await drag(other, model);
    await expect.poll(() => said(other)).toMatch(/given to its run/);

    await other.page.reload();
    await other.reaches('A-MoD', 'done');
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it('a model dropped on another visitor’s page opens its run, and the lens asks it', async () => {
    const other = await site.visit();
    await drag(other, model);
    await other.reaches('A-MoD', 'done');
    expect(await said(other)).toMatch(/A-MoD, seed 0 opened with its model/);
    expect((await other.record('A-MoD')).record).toMatchObject({ id: record.id, origin: 'imported' });
    await other.button('Measure token importance').click();
    await other.page
      .getByText(/Spearman/)
      .first()
      .waitFor();
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it('files that are no bundle, cut off or of another kind say so and change nothing', async () => {
    const other = await site.visit(RUN);
    await other.button('Train').waitFor();
    const { bytes } = bundle;
    const cases = [
      [{ name: 'notes.txt', bytes: new TextEncoder().encode('hello') }, /notes.txt was not opened.*its own/],
      [{ name: 'cut.seedlab', bytes: bytes.slice(0, 900) }, /cut.seedlab was not opened.*damaged or cut off/],
      [{ name: 'cut.safetensors', bytes: model.bytes.slice(0, 5000) }, /cut.safetensors was not opened.*cut/],
      [{ name: 'empty.seedlab', bytes: new Uint8Array(0) }, /empty.seedlab was not opened/],
    ] as const;
    for (const [file, sentence] of cases) {
      await drag(other, file);
      await expect.poll(() => said(other)).toMatch(sentence);
    }
    expect(await other.page.locator('[data-run]').count()).toBe(0);
    expect(new URL(other.page.url()).searchParams.get('duration')).toBe('8');
    await other.button('Dismiss').click();
    expect(await other.page.locator('[data-opened-files]').count()).toBe(0);
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it('a bundle of an earlier build opens by the file button', async () => {
    const other = await site.visit('?e=tract');
    const chooser = other.page.waitForEvent('filechooser');
    await other.button('Open file').click();
    await (await chooser).setFiles(FIXTURE);
    await other.reaches('A-MoD', 'done');
    expect(await other.status('Dense ViT')).toBe('done');
    expect(await said(other)).toMatch(/2 runs opened/);
    await other.close();
  });

  it('a file dragged over the page and away again leaves it as it was', async () => {
    const other = await site.visit(RUN);
    await other.button('Train').waitFor();
    await drag(other, bundle, false);
    const zone = other.page.locator('[data-drop-zone]');
    await zone.waitFor();
    const { violations } = await new AxeBuilder({ page: other.page }).include('[data-drop-zone]').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await other.page.getByRole('main').dispatchEvent('dragleave', {});
    await expect.poll(() => zone.count()).toBe(0);
    await other.close();
  });
});

describe('saving charts', () => {
  const saveChart = async (title: string, format: 'SVG' | 'PNG') => {
    if ((await lab.page.locator('dialog[open]').count()) > 0) await lab.page.keyboard.press('Escape');
    return lab.savedChart(title, format);
  };

  it('SVG stands alone: title, unit, axis, lines as paths, fonts, light colours and the link', async () => {
    await lab.page.emulateMedia({ colorScheme: 'dark' });
    const { name, bytes } = await saveChart('Training loss', 'SVG');
    await lab.page.emulateMedia({ colorScheme: 'light' });
    expect(name).toMatch(/^mixture-of-depths-training-loss-.*\.svg$/);
    const svg = text(bytes);
    await writeFile(path.join(folder, name), svg);
    const read = await lab.page.evaluate((source) => {
      const file = new DOMParser().parseFromString(source, 'image/svg+xml');
      return {
        errors: file.querySelectorAll('parsererror').length,
        texts: [...file.querySelectorAll('text')].map(({ textContent }) => textContent),
        about: file.querySelector('desc')?.textContent ?? '',
        paths: [...file.querySelectorAll('path[stroke="#5f89eb"]')].map(
          (line) => line.getAttribute('d') ?? '',
        ),
        inks: [...file.querySelectorAll('text')].map((one) => one.getAttribute('fill')),
        paper: file.querySelector('rect')?.getAttribute('fill'),
        fonts: file.querySelector('style')?.textContent ?? '',
        foreign: file.querySelectorAll('foreignObject, image, script, [href^="http"], [class]').length,
      };
    }, svg);
    expect(read.errors).toBe(0);
    for (const part of ['Training loss', ', nats', 'Training step'])
      expect(read.texts.join('|')).toContain(part);
    expect(read.texts.join('').replaceAll(' ', '')).toContain('&duration=8');
    expect(read.about).toContain(`${site.address}?e=mixture-of-depths`);
    expect(read.about).toMatch(/#build=.*spec=[0-9a-f]{8}/);
    expect(Math.max(...read.paths.map((d) => d.split('L').length))).toBe(8); // a point for every step
    expect(read.paper).toBe('#ffffff');
    expect(read.inks.every((ink) => ink !== null && Number.parseInt(ink.slice(1, 3), 16) < 0x90)).toBe(true);
    expect(read.fonts).toMatch(/@font-face\{[^}]*Inter Variable[^}]*url\(data:font\/woff2;base64,/);
    expect(svg).not.toMatch(/var\(--|color\(|oklab|oklch/);
    expect(read.foreign).toBe(0);
  });

  it('PNG is twice as large, and shows the lines in their colours', async () => {
    const { name, bytes } = await saveChart('Training loss', 'PNG');
    expect(name).toMatch(/\.png$/);
    const { width, height, lines, words, paper } = await lab.page.evaluate(
      async (content) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(content)], { type: 'image/png' }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        const data = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
        const found = { lines: 0, words: 0, paper: 0 };
        for (let i = 0; i < data.length; i += 4) {
          const [red = 0, green = 0, blue = 0] = [data[i], data[i + 1], data[i + 2]];
          if (red === 0x5f && green === 0x89 && blue === 0xeb) found.lines++;
          if (red < 0x60 && green < 0x60 && blue < 0x70) found.words++;
          if (red + green + blue === 3 * 255) found.paper++;
        }
        return { width: bitmap.width, height: bitmap.height, ...found };
      },
      [...bytes],
    );
    const figure = await lab.page.locator('figure', { hasText: 'Training loss' }).first().boundingBox();
    expect(width).toBe(2 * (Math.ceil(figure?.width ?? 0) + 32));
    expect(height).toBeGreaterThan(2 * 160);
    expect(lines).toBeGreaterThan(200);
    expect(words).toBeGreaterThan(500);
    expect(paper).toBeGreaterThan(0.8 * width * height);
  });

  it('a lens’s pictures keep their pixels, with what is drawn over and beside them', async () => {
    const title = 'Patches kept by each block';
    const { name, bytes } = await saveChart(title, 'SVG');
    expect(name).toMatch(/^mixture-of-depths-patches-kept-by-each-block-.*\.svg$/);
    const blocks = await lab.page.locator('[data-lens] [data-block][data-kept]').evaluateAll((panels) =>
      panels.map((panel) => {
        const canvas = panel.querySelector('canvas');
        return { heading: panel.querySelector('h4')?.textContent.trim(), pixels: canvas?.toDataURL() };
      }),
    );
    const read = await lab.page.evaluate((source) => {
      const file = new DOMParser().parseFromString(source, 'image/svg+xml');
      return {
        texts: [...file.querySelectorAll('text')].map(({ textContent }) => textContent).join(' '),
        images: [...file.querySelectorAll('image')].map((image) => ({
          pixels: image.getAttribute('href'),
          sharp: image.getAttribute('style'),
        })),
        veils: file.querySelectorAll('path[fill="#b4bcc6"]').length,
        swatches: file.querySelectorAll('rect[fill="#8f98a3"]').length,
      };
    }, text(bytes));
    expect(blocks.length).toBeGreaterThan(1);
    expect(read.images).toEqual(blocks.map(({ pixels }) => ({ pixels, sharp: 'image-rendering:pixelated' })));
    for (const { heading } of blocks) expect(read.texts).toContain(heading);
    expect(read.texts).toContain(title);
    expect(read.texts).not.toContain('Point at a patch');
    expect({ veils: read.veils, swatches: read.swatches }).toEqual({ veils: blocks.length, swatches: 1 });
  });

  it('the menu is worked by keys alone and closes on Escape', async () => {
    const opens = lab.button('Save the chart Training loss');
    await opens.focus();
    await lab.page.keyboard.press('Enter');
    expect(await opens.getAttribute('aria-expanded')).toBe('true');
    await lab.page.keyboard.press('Tab');
    await lab.page.keyboard.press('Escape');
    expect(await opens.getAttribute('aria-expanded')).toBe('false');
    expect(await opens.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(lab.complaints).toEqual([]);
  });
});
