import type { Card } from '../../../run/card';
import { chartLines } from '../../../ui/chart-lines';
import type { ChartLine, XRange } from '../../../ui/charts/line';
import type { LabRun } from '../../../ui/lab-run.svelte';
import { terminalRange, terminalTick } from './terminal';

/** Which vectors NC2 is drawn of. */
export type Vectors = 'means' | 'classifier' | 'both';

/** One of a panel's series: drawn in full, or paler beside one that is. */
interface Part {
  metric: string;
  /** Said after the run's name where a panel has several. */
  name: string;
  pale: boolean;
}

/** One panel of the small multiples. */
export interface Panel {
  id: string;
  title: string;
  detail: string;
  parts: readonly Part[];
  log: boolean;
  unit: '' | '%';
  domain?: readonly [number, number];
  /** Metric of a level that the values cannot fall below. */
  floor?: string;
}

const alone = (metric: string): Part[] => [{ metric, name: '', pale: false }];

/** NC2 of means, drawn in full, and of the classifier, paler where both are. */
const ofVectors = (measure: string, vectors: Vectors): Part[] => [
  ...(vectors === 'classifier' ? [] : [{ metric: `${measure}Means`, name: 'means', pale: false }]),
  ...(vectors === 'means'
    ? []
    : [{ metric: `${measure}Classifier`, name: 'classifier', pale: vectors === 'both' }]),
];

/** NC1 to NC4 in the order of the paper, and what they are held against. */
export function collapsePanels(vectors: Vectors): Panel[] {
  const measure = { log: true, unit: '' } as const;
  const share = { unit: '%' } as const;
  return [
    { ...measure, id: 'nc1', title: 'NC1', detail: 'tr(Σ_W Σ_B⁺) ∕ C', parts: alone('nc1') },
    {
      ...measure,
      id: 'nc1-quotient',
      title: 'NC1',
      detail: 'tr Σ_W ∕ tr Σ_B',
      parts: alone('traceQuotient'),
    },
    {
      ...measure,
      id: 'nc2-lengths',
      title: 'NC2',
      detail: 'equal lengths',
      parts: ofVectors('equinorm', vectors),
    },
    {
      ...measure,
      id: 'nc2-angles',
      title: 'NC2',
      detail: 'equal angles',
      parts: ofVectors('equiangular', vectors),
    },
    {
      ...measure,
      id: 'nc2-largest',
      title: 'NC2',
      detail: 'largest angles',
      parts: ofVectors('maximalAngle', vectors),
      floor: 'angleFloor',
    },
    {
      ...measure,
      id: 'nc2-frame',
      title: 'NC2',
      detail: 'distance from a simplex',
      parts: ofVectors('frame', vectors),
    },
    { ...measure, id: 'nc3', title: 'NC3', detail: 'self-duality', parts: alone('nc3') },
    { ...measure, id: 'nc3-frame', title: 'NC3', detail: 'W M from a simplex', parts: alone('nc3Frame') },
    {
      ...share,
      id: 'nc4',
      title: 'NC4',
      detail: 'not the nearest mean',
      log: true,
      parts: [
        { metric: 'nc4Test', name: 'test', pale: false },
        { metric: 'nc4Train', name: 'training', pale: true },
      ],
    },
    {
      ...share,
      id: 'train-accuracy',
      title: 'Training accuracy',
      detail: '',
      log: false,
      domain: [0, 1],
      parts: alone('trainAccuracy'),
    },
    {
      ...share,
      id: 'test-accuracy',
      title: 'Test accuracy',
      detail: '',
      log: false,
      domain: [0, 1],
      parts: alone('testAccuracy'),
    },
    {
      id: 'robustness',
      title: 'Robustness',
      detail: '|r| ∕ |x|',
      unit: '',
      log: false,
      parts: alone('robustness'),
    },
  ];
}

interface Scene {
  card: Card;
  runs: readonly LabRun[];
  numbers: ReadonlyMap<string, number>;
  /** By run, the step where its terminal phase began; null where it has not. */
  terminal: ReadonlyMap<string, number | null>;
}

/** Opacity of a line beside one of the same colour that is drawn in full. */
export const PALE = 0.45;

/** What a panel draws: of every run its series, then floors; and the terminal phases. */
export interface PanelLines {
  lines: ChartLine[];
  ranges: XRange[];
}

/** Draws a panel of the runs that are shown, further seeds faint. */
export function panelLines(scene: Scene, panel: Panel): PanelLines {
  const linesOf = (metric: string): ChartLine[] =>
    chartLines({ ...scene, plan: scene.runs, axis: 'step' }, metric);
  const named = (line: ChartLine, name: string): string =>
    line.label === '' || name === '' ? line.label : `${line.label}, ${name}`;
  const sinceOf = ({ id }: ChartLine): number | null => scene.terminal.get(id) ?? null;

  const several = panel.parts.length > 1;
  const [first, ...others] = panel.parts.map(({ metric, name, pale }) =>
    linesOf(metric).map((line): ChartLine => {
      const since = sinceOf(line);
      return {
        ...line,
        id: pale ? `${line.id} ${metric}` : line.id,
        label: several ? named(line, name) : line.label,
        ...(pale && { strength: PALE * (line.strength ?? 1) }),
        ticks: [...(line.ticks ?? []), ...(since === null || pale ? [] : [terminalTick(since)])],
      };
    }),
  );
  const floors = panel.floor ? linesOf(panel.floor).filter(isAboveZero).map(asFloor) : [];
  const begun = (first ?? []).flatMap((line) => {
    const since = sinceOf(line);
    return since === null ? [] : [{ line, since }];
  });
  const isAlone = begun.filter(({ line }) => line.weight !== 'seed').length === 1;
  return {
    lines: [...(first ?? []), ...others.flat(), ...floors],
    ranges: begun.map(({ line, since }) =>
      terminalRange(line, since, isAlone && line.weight !== 'seed' ? 'terminal phase' : ''),
    ),
  };
}

const isAboveZero = ({ y, length }: ChartLine): boolean => length > 0 && (y[length - 1] ?? 0) > 0;

const asFloor = (line: ChartLine): ChartLine => ({
  ...line,
  id: `${line.id} floor`,
  label: line.label === '' ? '' : `${line.label}, floor`,
  weight: 'seed',
  live: false,
  ticks: [],
});
