import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Browser, BrowserContext, Locator, Page, Worker } from 'playwright-core';
import type { RunRecord, RunStatus } from '../../src/run/record';

/** Series of a stored run, as plain numbers that compare bit for bit. */
export type StoredSeries = Record<string, { step: number[]; value: number[] }>;

/** A visitor with a profile of their own, at work on the built site. */
export class LabPage {
  /** Everything the page complained about: console errors and uncaught exceptions. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(
    browser: Browser,
    address: string,
    viewport = { width: 1440, height: 900 },
  ): Promise<LabPage> {
    const context = await browser.newContext({ viewport });
    context.setDefaultTimeout(120_000); // the machine may be busy
    const lab = new LabPage(context, await context.newPage());
    await lab.#goTo(address);
    return lab;
  }

  /** Opens an address and waits until the lab's page stands, or says why it does not. */
  async #goTo(address: string): Promise<void> {
    await this.page.goto(address);
    if (address.startsWith('about:')) return; // the test prepares something first
    await this.page.locator('#main, [role="alert"]').first().waitFor({ state: 'attached' });
  }

  /** Another tab of the same visitor. */
  async anotherTab(address: string): Promise<LabPage> {
    const lab = new LabPage(this.context, await this.context.newPage());
    await lab.#goTo(address);
    return lab;
  }

  /** Puts something where the page keeps its records. Lists of numbers in `series` become columns. */
  async putRecord(record: object): Promise<void> {
    await this.page.evaluate(async (text) => {
      const stored = JSON.parse(text, (key, value: unknown) =>
        ['step', 'trainMs', 'value'].includes(key) && Array.isArray(value)
          ? Float64Array.from(value as number[])
          : value,
      ) as object;
      const database = await new Promise<IDBDatabase>((done, fail) => {
        const request = indexedDB.open('seedlab');
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(new Error('no database'));
      });
      const transaction = database.transaction('records', 'readwrite');
      transaction.objectStore('records').put(stored);
      await new Promise<void>((done) => (transaction.oncomplete = () => done()));
      database.close();
    }, JSON.stringify(record));
  }

  /** The worker that trains, once there is one. */
  async trainingWorker(): Promise<Worker> {
    const find = () => this.page.workers().findLast((worker) => worker.url().includes('/runner-'));
    await expect.poll(() => find() !== undefined).toBe(true);
    const worker = find();
    if (!worker) throw new Error('No worker trains');
    return worker;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The row of one run in the table *Runs*; recorded ones are left out. */
  row(variant: string, seed = 0): Locator {
    return this.page
      .getByRole('table', { name: 'Runs', exact: true })
      .locator(`[data-run]:not([data-origin="recorded"])[data-variant="${variant}"][data-seed="${seed}"]`);
  }

  async status(variant: string, seed = 0): Promise<RunStatus> {
    return (await this.row(variant, seed).getAttribute('data-status')) as RunStatus;
  }

  /** Waits until the run has one of the states. */
  async reaches(
    variant: string,
    wanted: RunStatus | RunStatus[],
    { seed = 0, timeoutMs = 240_000 } = {},
  ): Promise<void> {
    const states = [wanted].flat();
    await expect
      .poll(
        async () =>
          (await this.row(variant, seed).count()) > 0 && states.includes(await this.status(variant, seed)),
        {
          timeout: timeoutMs,
          interval: 100,
          message: `run ${variant}, seed ${seed} becomes ${states.join(' or ')}`,
        },
      )
      .toBe(true);
  }

  /** Latest value of a metric in the table, in full precision. */
  async metric(variant: string, metric: string, seed = 0): Promise<number> {
    const text = await this.row(variant, seed)
      .locator(`[data-metric="${metric}"]`)
      .getAttribute('data-value');
    return text === null || text === '' ? NaN : Number(text);
  }

  /** A run as the page keeps it in IndexedDB, where every point of its curves stands. */
  async record(variant: string, seed = 0): Promise<{ record: RunRecord; series: StoredSeries }> {
    const text = await this.page.evaluate(
      async ([wantedVariant, wantedSeed]) => {
        const database = await new Promise<IDBDatabase>((done, fail) => {
          const request = indexedDB.open('seedlab');
          request.onsuccess = () => done(request.result);
          request.onerror = () => fail(new Error('no database'));
        });
        const records = await new Promise<unknown[]>((done, fail) => {
          const request = database.transaction('records').objectStore('records').getAll();
          request.onsuccess = () => done(request.result as unknown[]);
          request.onerror = () => fail(new Error('no records'));
        });
        database.close();
        const found = (records as { variant: string; seed: number; series: object[] }[]).find(
          ({ variant: v, seed: s }) => v === wantedVariant && s === wantedSeed,
        );
        return JSON.stringify(found ?? null, (_key, value: unknown) =>
          value instanceof Float64Array ? [...value] : value,
        );
      },
      [variant, seed] as const,
    );
    const record = JSON.parse(text) as RunRecord | null;
    if (!record) throw new Error(`No record of ${variant}, seed ${seed}`);
    const series: StoredSeries = {};
    for (const { metric, step, value } of record.series)
      series[metric] = { step: [...step], value: [...value] };
    return { record, series };
  }

  /** Names of the files in the browser's private file system, where models and checkpoints are kept. */
  storedFiles(): Promise<string[]> {
    return this.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('checkpoints', { create: true });
      const names: string[] = [];
      for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
        names.push(name);
      return names;
    });
  }

  /** What the browser is given to save. */
  async saved(act: () => Promise<void>): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), act()]);
    return {
      name: download.suggestedFilename(),
      bytes: new Uint8Array(await readFile(await download.path())),
    };
  }

  /** A chart as the menu beside its title saves it. */
  savedChart(title: string, format: 'SVG' | 'PNG'): ReturnType<LabPage['saved']> {
    return this.saved(async () => {
      await this.button(`Save the chart ${title}`).click();
      await this.button(`Save as ${format}`).filter({ visible: true }).click();
    });
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
