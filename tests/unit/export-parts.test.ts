import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../src/data/safetensors';
import { cards } from '../../src/experiments/cards';
import { encodeBundle } from '../../src/run/bundle';
import { RECORD_SCHEMA, type RunRecord } from '../../src/run/record';
import { chartOf, embedOf, iframeOf, withEmbed, withoutEmbed } from '../../src/ui/export/embed';
import { hasAnyOf } from '../../src/ui/export/embedded-fonts';
import { runInside, withRunInside } from '../../src/ui/export/model-file';
import { bibtexOfSetting } from '../../src/ui/export/run-bibtex';
import { SvgInk } from '../../src/ui/export/svg-ink';
import { rowsOf } from '../../src/ui/export/svg-text';
import { changesSince, dataDigestOf } from '../../src/ui/provenance';

const record: RunRecord = {
  schema: RECORD_SCHEMA,
  ...{ id: 'r1', experiment: 'mixture-of-depths', variant: 'A-MoD', seed: 4, build: 'b1' },
  spec: { width: 32, capacity: 0.5 },
  specDigest: 'abc',
  createdAt: 1,
  status: 'done',
  origin: 'here',
  notes: [],
  series: [
    { metric: 'loss', step: Float64Array.of(1), trainMs: Float64Array.of(2), value: Float64Array.of(3) },
  ],
};
const model = encodeSafetensors({
  tensors: new Map([['w', { shape: [2], values: Float32Array.of(1, 2) }]]),
  metadata: { step: '120' },
});
const link = '?e=mixture-of-depths&v=1#build=b1';

describe('a model that leaves the page', () => {
  const made = { link, build: 'b2', madeAt: 5 };

  test('carries its run, and keeps its numbers and what it said of itself', async () => {
    const file = await withRunInside(model, record, made);
    const { tensors, metadata } = decodeSafetensors(file);
    expect(tensors.get('w')?.values).toEqual(Float32Array.of(1, 2));
    expect(metadata).toMatchObject({
      step: '120',
      experiment: 'mixture-of-depths',
      variant: 'A-MoD',
      seed: '4',
      spec: '{"capacity":0.5,"width":32}',
      build: 'b1',
      link,
    });
    expect(await runInside(file)).toEqual({ record, link });
    // Exported once more it is the same.
    expect(await withRunInside(file, record, made)).toEqual(file);
  });

  test('of another program, cut off or no model at all is refused with a sentence', async () => {
    const file = await withRunInside(model, record, made);
    const tensors = decodeSafetensors(model).tensors;
    const foreign = (seedlab: string) => encodeSafetensors({ tensors, metadata: { link, seedlab } });
    const none = await encodeBundle({ ...made, records: [] });
    const cases: [Uint8Array, RegExp][] = [
      [model, /does not come from Seedlab/],
      [file.subarray(0, file.length - 1), /cut off/],
      [new TextEncoder().encode('any other file at all'), /safetensors/],
      [foreign('§'), /not as Seedlab writes them/],
      [foreign(Buffer.from(none).toString('base64')), /not as Seedlab writes them/],
      [foreign(btoa('no bundle')), /not a Seedlab bundle/],
    ];
    for (const [bad, sentence] of cases) await expect(runInside(bad)).rejects.toThrow(sentence);
  });
});

describe('citing', () => {
  test('a setting is a @misc entry with build, link, digests and the paper’s key', () => {
    const card = cards.get('mixture-of-depths');
    if (!card) throw new Error('no card');
    const entry = bibtexOfSetting(card, {
      url: 'https://lab.example/?e=mixture-of-depths&vs=A%20B_c#build=b1',
      preset: 'Smoke & mirrors',
      variants: ['A-MoD, capacity 25 %', 'Dense_ViT'],
      seeds: '0-2',
      build: 'b1',
      specDigest: '0123abcd',
      dataDigest: '89abcdef',
      date: new Date(2025, 10, 2),
    });
    expect(entry.split('\n')).toEqual([
      '@misc{seedlab-mixture-of-depths-0123abcd,',
      `  title = {${card.title}, run in the browser},`,
      '  howpublished = {Seedlab, build b1},',
      '  year = {2025},',
      '  month = {11},',
      '  url = {https://lab.example/?e=mixture-of-depths&vs=A%20B_c#build=b1},',
      '  urldate = {2025-11-02},',
      '  note = {Preset Smoke \\& mirrors: A-MoD, capacity 25 \\%, Dense\\_ViT; seeds 0-2; setting digest 0123abcd; data digest 89abcdef; method of \\cite{gadhikar2024attention}}',
      '}',
    ]);
  });
});

describe('embedding', () => {
  test('shows what the hash names, in its own key', () => {
    expect(embedOf({})).toBe(null);
    expect(embedOf({ embed: '0' })).toBe(null);
    expect([...(embedOf({ embed: '1' }) ?? [])]).toEqual(['verdict', 'charts']);
    expect([...(embedOf({ embed: 'lens, charts,nonsense' }) ?? [])]).toEqual(['charts', 'lens']);
    expect([...(embedOf({ embed: 'nonsense' }) ?? [])]).toEqual(['verdict', 'charts']);
  });

  test('is written in one form, and comes off again', () => {
    const view = { x: 'flops' };
    expect(withEmbed(view, new Set(['charts', 'verdict']))).toEqual({ x: 'flops', embed: '1' });
    expect(withEmbed(view, new Set(['lens', 'charts']))).toEqual({ x: 'flops', embed: 'charts,lens' });
    expect(withoutEmbed({ x: 'flops', embed: '1' })).toEqual(view);
  });

  test('names one chart, where charts are shown and it is known', () => {
    const one = withEmbed({ x: 'flops' }, new Set(['charts']), 'testAccuracy');
    expect(one).toEqual({ x: 'flops', embed: 'charts', chart: 'testAccuracy' });
    expect(chartOf(one, ['testAccuracy', 'difference'])).toBe('testAccuracy');
    expect(chartOf(one, ['trainLoss'])).toBeNull();
    expect(chartOf({ chart: 'testAccuracy' }, ['testAccuracy'])).toBeNull(); // not embedded
    expect(withEmbed({}, new Set(['lens']), 'testAccuracy')).toEqual({ embed: 'lens' });
    expect(withoutEmbed(one)).toEqual({ x: 'flops' });
  });

  test('the frame’s address and title cannot break out of it', () => {
    expect(iframeOf('https://a/?x="><b>&y', 'A "title"')).toContain(
      'src="https://a/?x=&quot;&gt;&lt;b&gt;&amp;y" title="A &quot;title&quot;"',
    );
  });
});

describe('what has changed since a link was made', () => {
  const now = { build: 'b2', spec: '11111111', data: '22222222ffff' };
  const told = (view: Record<string, string>, here: Partial<typeof now> = {}) =>
    changesSince(view, { ...now, ...here }).map(({ what }) => what);

  test('is nothing where the link does not say, or says the same', () => {
    expect(told({})).toEqual([]);
    expect(told({ build: 'b2', spec: '11111111', data: '22222222' })).toEqual([]);
  });

  test('is told of each, the gravest first, the data only once they are known', () => {
    expect(told({ build: 'b1', spec: '0', data: '0' })).toEqual(['spec', 'data', 'build']);
    expect(changesSince({ data: '0' }, { ...now, data: undefined })).toEqual([]);
    for (const { text, meaning } of changesSince({ build: 'b1', spec: '0', data: '0' }, now)) {
      expect(text).toMatch(/then, .* here|then, .* for the runs here/);
      expect(meaning.length).toBeGreaterThan(40);
    }
  });

  test('the data’s digest is that of runs trained here before that of recorded ones, never of imported ones', () => {
    const run = (origin: 'here' | 'recorded' | 'imported', dataDigest: string) => ({
      origin,
      facts: { dataDigest } as never,
    });
    expect(dataDigestOf([run('here', 'a'), run('recorded', 'b'), run('imported', 'c')])).toBe('a');
    expect(dataDigestOf([run('recorded', 'b'), run('imported', 'c')])).toBe('b');
    expect(dataDigestOf([run('imported', 'c'), { origin: 'here', facts: undefined }])).toBe(undefined);
  });
});

describe('ink that writes SVG', () => {
  test('draws lines, circles, areas and clips as elements', () => {
    const ink = new SvgInk('p-');
    ink.save();
    ink.beginPath();
    ink.rect(10, 20, 30, 40);
    ink.clip();
    ink.globalAlpha = 0.5;
    ink.strokeStyle = ink.fillStyle = '#123456';
    ink.lineWidth = 1.5;
    ink.setLineDash([6, 4]);
    ink.beginPath();
    ink.moveTo(1, 2);
    ink.lineTo(3.14159, 4);
    ink.stroke();
    ink.restore();
    ink.beginPath();
    ink.arc(5, 5, 2, 0, 2 * Math.PI);
    ink.fill();
    expect(ink.content).toBe(
      [
        '<defs><clipPath id="p-clip0"><path d="M10,20h30v40h-30Z"/></clipPath></defs>',
        '<path fill="none" stroke="#123456" stroke-width="1.5" stroke-linejoin="miter" stroke-dasharray="6 4" stroke-opacity="0.5" clip-path="url(#p-clip0)" d="M1,2L3.14,4"/>',
        '<path fill="#000000" d="M3,5a2,2 0 1 0 4,0a2,2 0 1 0 -4,0Z"/>',
      ].join(''),
    );
  });

  test('a line drawn piece by piece is one path, two lines are two', () => {
    const ink = new SvgInk('');
    ink.beginPath();
    ink.moveTo(0, 0);
    ink.lineTo(1, 1);
    ink.stroke();
    ink.beginPath();
    ink.moveTo(1, 1);
    ink.lineTo(2, 0);
    ink.stroke();
    ink.beginPath();
    ink.moveTo(5, 5);
    ink.lineTo(6, 6);
    ink.stroke();
    expect(ink.content.match(/ d="[^"]*"/g)).toEqual([' d="M0,0L1,1L2,0"', ' d="M5,5L6,6"']);
  });
});

describe('text in pictures', () => {
  test('is broken at spaces, and a long link anywhere', () => {
    expect(rowsOf('one two three', 7)).toEqual(['one two', 'three']);
    expect(rowsOf('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(rowsOf('', 4)).toEqual([]);
  });

  test('takes along the fonts that have its characters', () => {
    const codes = (text: string) => new Set(Array.from(text, (character) => character.codePointAt(0) ?? 0));
    expect(hasAnyOf('U+0000-00FF, U+0131', codes('abc'))).toBe(true);
    expect(hasAnyOf('U+0370-0377,U+037a-037f', codes('abc'))).toBe(false);
    expect(hasAnyOf('U+394', codes('Δ'))).toBe(true);
    expect(hasAnyOf('U+4??', codes('Ж'))).toBe(true);
    expect(hasAnyOf('', codes('a'))).toBe(true);
  });
});
