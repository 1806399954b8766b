import { existsSync, readFileSync } from 'node:fs';
import { check, resolveConfig } from 'prettier';
import { describe, expect, it, test } from 'vitest';
import { readArguments, UsageError, type MeasureCommand } from '../../bench/arguments';
import { engines, REFERENCE, workloads } from '../../bench/catalogue';
import { comparisons, main } from '../../bench/command';
import { contest, lossDifference, type Contestant } from '../../bench/contest';
import type { Counters } from '../../bench/device-counters';
import type { Host, Workplace } from '../../bench/host';
import { currentSection, readmeSection, sourceOfReadme, withSection } from '../../bench/readme';
import { terminalReport } from '../../bench/report';
import { fileNameOf, toJson, type Results } from '../../bench/results';
import { fittedExponent, quantile, summarize } from '../../bench/statistics';
import { markdownTable, textTable } from '../../bench/table';
import type { Trainer } from '../../bench/trainer';

describe('statistics', () => {
  it('interpolates quantiles', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(quantile([7], 0.75)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('summarizes, and says nothing about nothing', () => {
    expect(summarize([3, 1, 2])).toEqual({
      count: 3,
      least: 1,
      lowerQuartile: 1.5,
      median: 2,
      upperQuartile: 2.5,
    });
    expect(summarize([])).toBeNull();
  });

  it('finds the exponent of a power law', () => {
    const points = [1, 2, 4, 8].map((x) => [x, 5 * x ** 1.5] as const);
    expect(fittedExponent(points)).toBeCloseTo(1.5, 10);
    expect(fittedExponent([[3, 1]])).toBeNaN();
  });
});

describe('tables', () => {
  const rows = [
    ['name', 'n'],
    ['a', '10'],
    ['longer', '7'],
  ];

  it('pads text to columns', () => {
    expect(textTable(rows)).toBe('name     n\na       10\nlonger   7');
  });

  it('lays Markdown out as Prettier does', () => {
    expect(markdownTable(rows)).toBe(
      '| name   | n   |\n| ------ | --- |\n| a      | 10  |\n| longer | 7   |',
    );
  });
});

describe('arguments', () => {
  const known = { engines: ['ours', 'theirs'], workloads: ['small', 'large'] };

  it('takes everything there is by default', () => {
    expect(readArguments([], known)).toEqual({
      name: 'measure',
      ...known,
      where: 'browser',
      repeats: 9,
      budgetSeconds: 20,
      scaling: false,
      save: false,
    });
  });

  it('takes lists with commas', () => {
    const command = readArguments(
      ['--engine', 'theirs,ours', '--workload=small', '--json', 'a.json'],
      known,
    ) as MeasureCommand;
    expect(command).toMatchObject({ engines: ['theirs', 'ours'], workloads: ['small'], json: 'a.json' });
  });

  it.each([
    [['--engine', 'ours,nobody'], 'There is no engine "nobody"; there are ours, theirs.'],
    [['--workload', 'huge'], 'There is no workload "huge"; there are small, large.'],
    [['--where', 'moon'], '--where is browser or node, not "moon".'],
    [['--repeats', '0'], '--repeats is a whole number from 1, not "0".'],
    [['--budget', '1.5'], '--budget is a whole number from 1, not "1.5".'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, message) => {
    expect(() => readArguments(args, known)).toThrow(UsageError);
    expect(() => readArguments(args, known)).toThrow(message);
  });
});

describe('the command', () => {
  const hostWith = (place: Partial<Workplace>): Host => ({
    open: () =>
      Promise.resolve({
        versions: {},
        run: () => Promise.resolve({ failure: '', isDeviceMissing: false }),
        close: () => Promise.resolve(),
        ...place,
      }),
    progress: () => ({ update: () => undefined, finish: () => undefined }),
    packageVersions: () => ({}),
    isUncommitted: () => false,
  });

  it('ends with 2 for names that it does not know', async () => {
    expect(await main(['--engine', 'nobody'], hostWith({}))).toBe(2);
  });

  it('ends with 3 where there is no device, and closes what it opened', async () => {
    let isClosed = false;
    const place: Partial<Workplace> = {
      run: () => Promise.resolve({ failure: 'No WebGPU here.', isDeviceMissing: true }),
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    };
    expect(await main(['--workload', 'vit'], hostWith(place))).toBe(3);
    expect(isClosed).toBe(true);
  });

  it('ends with 1 where a job fails', async () => {
    expect(await main(['--workload', 'vit'], hostWith({}))).toBe(1);
  });
});

describe('the catalogue', () => {
  it('has our engine first, under its own name', () => {
    expect([...engines.keys()][0]).toBe(REFERENCE);
  });

  test.each([...workloads])('%s has work to do and scales over its own sizes', (_, workload) => {
    expect(workload.problem(workload.sizes).flopsPerStep).toBeGreaterThan(0);
    for (const axis of Object.keys(workload.scaling ?? {})) expect(workload.sizes).toHaveProperty(axis);
    if (workload.comparedWith !== undefined) expect([...workloads.keys()]).toContain(workload.comparedWith);
  });

  it('sets a method beside what it is compared with, where both were chosen', () => {
    expect(comparisons(['vit', 'vit-amod-50', 'mlp'])).toEqual([['vit', 'vit-amod-50']]);
    expect(comparisons(['vit-amod-50', 'mlp'])).toEqual([]);
  });

  it('counts the work of the transformer as its multiply-accumulates say', () => {
    const flops = (name: string, sizes: Record<string, number>) =>
      workloads.get(name)?.problem({ ...workloads.get(name)?.sizes, ...sizes }).flopsPerStep ?? NaN;
    expect(flops('vit', { batch: 128 })).toBe(2 * flops('vit', { batch: 64 }));
    expect(flops('vit-amod-50', {})).toBeLessThan(flops('vit', {}));
    expect(flops('mlp', { batch: 1 })).toBe(6 * (784 * 256 + 256 * 256 + 256 * 10));
  });
});

describe('the contest', () => {
  const counters: Counters = {
    chargeTo: () => undefined,
    bytesOf: () => 8,
    async during(run) {
      await run();
      return { dispatches: 2, submits: 1, buffersMade: 0 };
    },
  };
  const limits = { repeats: 3, budgetMs: 10_000 };
  const log: string[] = [];

  /** A trainer that takes some milliseconds a step and gives these losses. */
  function trainerOf(name: string, losses: readonly number[], stepMs = 120): Trainer {
    let taken = 0;
    let until = 0;
    return {
      activate: () => Promise.resolve(),
      step() {
        log.push(name);
        taken++;
        until = Math.max(until, performance.now()) + stepMs;
        return undefined;
      },
      done: () => new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now()))),
      isWarm: () => taken > 3,
      loss: () => Promise.resolve(losses[Math.min(taken, losses.length) - 1] ?? NaN),
      note: () => null,
      dispose: () => undefined,
    };
  }
  const enter = (name: string, trainer: Trainer, rest: Partial<Contestant> = {}): Contestant => ({
    name,
    checkedAgainst: 'a',
    usesGpu: true,
    trainer,
    isOnlyReference: false,
    ...rest,
  });

  it('times engine after engine in every round, none always first', async () => {
    log.length = 0;
    const entries = ['a', 'b'].map((name) => enter(name, trainerOf(name, [3, 2, 1])));
    const outcomes = await contest(entries, limits, counters, () => undefined);
    const [a, b] = [outcomes.get('a'), outcomes.get('b')];
    if (a?.status !== 'measured' || b?.status !== 'measured') throw new Error('not measured');
    expect(a.figures.stepMs.count).toBe(3);
    expect(a.figures.stepMs.median).toBeGreaterThanOrEqual(119);
    expect(a.figures.scriptMs.median).toBeLessThan(20);
    expect(a.figures.traffic).toEqual({ dispatches: 2, submits: 1, buffersMade: 0 });
    expect(b.check).toEqual({ losses: [3, 2, 1], difference: 0 });
    // Check, check, check, warm-up (two steps each, one of them counted), then three rounds of a few steps each.
    const rounds = log.slice(6 + 4).join('');
    const [as, bs] = [a, b].map(({ check, figures }, i) => {
      expect(check.difference).toBe(0);
      expect(figures.stepsPerRepetition).toBeGreaterThan(1);
      return (i === 0 ? 'a' : 'b').repeat(figures.stepsPerRepetition);
    });
    expect(rounds).toBe([as, bs, bs, as, as, bs].join(''));
  });

  it('does not time what has other losses, and says what they were', async () => {
    const wrong = enter('b', trainerOf('b', [3, 2, 1.01], 1));
    const outcomes = await contest(
      [enter('a', trainerOf('a', [3, 2, 1], 1)), wrong],
      limits,
      counters,
      () => undefined,
    );
    const outcome = outcomes.get('b');
    if (outcome?.status !== 'disagrees') throw new Error('it was let through');
    expect(outcome.check.difference).toBeCloseTo(0.01, 5);
    expect(outcome.check.losses).toEqual([3, 2, 1.01]);
  });

  it('compares with a reference that is not timed', async () => {
    log.length = 0;
    const reference = enter('a', trainerOf('a', [3, 2, 1], 1), { isOnlyReference: true });
    const outcomes = await contest(
      [reference, enter('b', trainerOf('b', [3, 2, 1], 1))],
      limits,
      counters,
      () => undefined,
    );
    expect([...outcomes.keys()]).toEqual(['b']);
    expect(log.filter((name) => name === 'a')).toHaveLength(3);
  });

  it('keeps what is slower than its budget to two steps, and times it by the second', async () => {
    log.length = 0;
    const slow = enter('b', { ...trainerOf('b', [3, 2, 1], 60), isWarm: () => true });
    const entries = [enter('a', trainerOf('a', [3, 2, 1], 1)), slow];
    const outcomes = await contest(entries, { repeats: 3, budgetMs: 50 }, counters, () => undefined);
    const outcome = outcomes.get('b');
    if (outcome?.status !== 'measured') throw new Error('not measured');
    expect(log.filter((name) => name === 'b')).toHaveLength(2);
    expect(outcome.figures.stepMs.count).toBe(1);
  });

  it('times an engine that warms up by a step of its own, however slow it is', async () => {
    log.length = 0;
    const slow = enter('b', trainerOf('b', [3, 2, 1], 60));
    const entries = [enter('a', trainerOf('a', [3, 2, 1], 1)), slow];
    const outcomes = await contest(entries, { repeats: 3, budgetMs: 50 }, counters, () => undefined);
    const outcome = outcomes.get('b');
    if (outcome?.status !== 'measured') throw new Error('not measured');
    // Two steps of the check, two until it is warm, one observed, one repetition.
    const steps = log.filter((name) => name === 'b').length;
    expect(steps).toBe(2 + 2 + 1 + outcome.figures.stepsPerRepetition);
    expect(outcome.figures.stepMs.count).toBe(1);
  });

  it('goes on without an engine that throws', async () => {
    const broken = trainerOf('b', [3, 2, 1], 1);
    broken.step = () => {
      throw new Error('no such operation');
    };
    const outcomes = await contest(
      [enter('a', trainerOf('a', [3, 2, 1], 1)), enter('b', broken)],
      limits,
      counters,
      () => undefined,
    );
    expect(outcomes.get('b')).toEqual({ status: 'failed', reason: 'no such operation' });
    expect(outcomes.get('a')?.status).toBe('measured');
  });

  it.each([
    [[1, 2], [1, 2], 0],
    [[1, 2.2], [1, 2], 0.1],
    [[1], [1, 2], 0],
    [[NaN, 2], [1, 2], NaN],
    [[], [1], NaN],
  ])('measures how far %j is from %j', (losses, reference, difference) => {
    const measured = lossDifference(losses, reference);
    if (Number.isNaN(difference)) expect(measured).toBeNaN();
    else expect(measured).toBeCloseTo(difference, 10);
  });
});

const summary = { count: 3, least: 1, lowerQuartile: 1.5, median: 2, upperQuartile: 3 };
const results: Results = {
  date: '2026-01-02T03:04:05.000Z',
  build: '0.1.0-abc',
  isUncommitted: false,
  where: 'browser',
  machine: { processor: 'A processor', cores: 2, memoryGB: 8, system: 'Linux x64' },
  versions: { chromium: '1.2' },
  repeats: 3,
  budgetSeconds: 20,
  seconds: 60,
  baseline: { adapter: 'Some Adapter (driver 5)', software: true, copyGBs: summary, matmulGflops: summary },
  pairs: [
    {
      engine: 'seedlab',
      workload: 'vit',
      sizes: { batch: 4 },
      flopsPerStep: 4e6,
      adapter: 'Some Adapter',
      outcome: {
        status: 'measured',
        check: { losses: [2, 1], difference: 0 },
        figures: {
          firstStepMs: 1500,
          stepMs: summary,
          scriptMs: summary,
          stepsPerRepetition: 1,
          traffic: { dispatches: 7, submits: 1, buffersMade: 0 },
          deviceBytes: 5e6,
          note: null,
        },
      },
    },
    {
      engine: 'other',
      workload: 'vit',
      sizes: { batch: 4 },
      flopsPerStep: 4e6,
      outcome: { status: 'disagrees', check: { losses: [2, 1.5], difference: 0.5 } },
    },
  ],
  comparisons: [],
  scaling: [],
};

describe('the report', () => {
  it('has a row for every engine, and the reason where one has no figures', () => {
    const text = terminalReport(results);
    expect(text).toMatch(/seedlab +2\.00 \(1\.50–3\.00\) +3 +500 +2\.00 +7 +1 +0 +5\.00 +1\.50 +2\.00 +0/);
    expect(text).toContain('other: not timed: its losses 2.00000, 1.50000 differ from ours by 5e-1');
    expect(text).toContain('Some Adapter (driver 5), a software adapter, A processor, 2 cores');
  });

  it('writes results as Prettier lays them out, and loses nothing', async () => {
    const text = toJson(results);
    expect(await check(text, { ...(await resolveConfig('package.json')), parser: 'json' })).toBe(true);
    expect(JSON.parse(text)).toEqual(results);
  });

  it('names results by day, device and place', () => {
    expect(fileNameOf(results)).toBe('2026-01-02-some-adapter-browser.json');
  });
});

describe('the README', () => {
  const readme = readFileSync('README.md', 'utf8');

  it('gets its figures between two markers', () => {
    const before = 'A\n\n<!-- bench: old.json -->\n\nold\n\n<!-- /bench -->\n\nB';
    const section = readmeSection('new.json', results);
    const after = withSection(before, section);
    expect(sourceOfReadme(after)).toBe('new.json');
    expect(currentSection(after)).toBe(section);
    expect(after.startsWith('A\n\n<!--') && after.endsWith('-->\n\nB')).toBe(true);
    expect(() => withSection('nothing', section)).toThrow('README.md has no');
  });

  it('says what the results file says that it names', () => {
    const file = sourceOfReadme(readme);
    if (file === null || !existsSync(file)) throw new Error('README.md names no results that are there');
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Results;
    expect(currentSection(readme)).toBe(readmeSection(file, kept));
  });
});
