/** What every knob says about itself, once: the panel, the link, the worker and the command line all read it here. */
/** The settings in which something has an effect, or a meaning; all where both are absent. */
export interface Condition {
  /** Every knob named here has one of these values. */
  appliesTo?: Readonly<Record<string, readonly KnobValue[]>>;
  /** No knob named here has one of these. */
  unless?: Readonly<Record<string, readonly KnobValue[]>>;
}

interface Described {
  label: string;
  /** Printed after the value, for example `steps` or `tokens`. */
  unit?: string;
  /** Why a person would move it and what to expect; shown beside the control. */
  why?: string;
  /** Heading under which the panel groups it. */
  group?: string;
  /** Settings of other knobs under which this one has an effect; the panel shows it only then. Any value where absent. */
  appliesTo?: Readonly<Record<string, readonly KnobValue[]>>;
}

export interface IntKnob extends Described {
  kind: 'int';
  default: number;
  min: number;
  max: number;
}
export interface RealKnob extends Described {
  kind: 'real';
  default: number;
  min: number;
  max: number;
  scale: 'linear' | 'log';
}
export interface FlagKnob extends Described {
  kind: 'flag';
  default: boolean;
}
export interface ChoiceKnob<T extends string = string> extends Described {
  kind: 'choice';
  default: T;
  options: readonly T[];
  /** What each option is called on the page; the option itself stands in links. */
  labels?: Readonly<Partial<Record<T, string>>>;
}

/** Some whole numbers, as text in a fixed form: ascending, each once, a space between them. */
export interface ListKnob extends Described {
  kind: 'list';
  default: string;
  /** Bounds of each number. */
  min: number;
  max: number;
}

/** Some real numbers in order, as text: `10000 0.1 1`, one for each of several things or one for all of them. */
export interface NumbersKnob extends Described {
  kind: 'numbers';
  default: string;
  /** Bounds of each number. */
  min: number;
  max: number;
}

export type Knob = IntKnob | RealKnob | FlagKnob | ChoiceKnob | ListKnob | NumbersKnob;
export type Knobs = Readonly<Record<string, Knob>>;
export type KnobValue = number | boolean | string;
type ValueOf<K> =
  K extends ChoiceKnob<infer T>
    ? T
    : K extends FlagKnob
      ? boolean
      : K extends ListKnob | NumbersKnob
        ? string
        : number;

/** A full setting of a card's knobs, with each knob's own type. */
export type SpecOf<K extends Knobs> = { readonly [P in keyof K]: ValueOf<K[P]> };
/** The same where the card is not known to the compiler: on the page, in links, in records. */
export type Spec = Readonly<Record<string, KnobValue>>;

/** A whole-number knob with inclusive bounds. */
export const int = (label: string, o: Omit<IntKnob, 'kind' | 'label'>): IntKnob => ({
  kind: 'int',
  label,
  ...o,
});

/** A real-valued knob with inclusive bounds; `scale` shapes the slider only. */
export const real = (
  label: string,
  o: Omit<RealKnob, 'kind' | 'label' | 'scale'> & { scale?: 'linear' | 'log' },
): RealKnob => ({ kind: 'real', label, scale: 'linear', ...o });

/** An on-off knob. */
export const flag = (label: string, o: Omit<FlagKnob, 'kind' | 'label'>): FlagKnob => ({
  kind: 'flag',
  label,
  ...o,
});

/** One of a fixed list of options. Options are short identifiers, since they stand in links. */
export const choice = <const T extends string>(
  label: string,
  options: readonly T[],
  o: Omit<ChoiceKnob<T>, 'kind' | 'label' | 'options' | 'default'> & { default: NoInfer<T> },
): ChoiceKnob<T> => ({ kind: 'choice', label, options, ...o });

/** Some whole numbers with inclusive bounds, for example the blocks that are routed; `2 4 6` in text. */
export const list = (label: string, o: Omit<ListKnob, 'kind' | 'label'>): ListKnob => ({
  kind: 'list',
  label,
  ...o,
});

/** Some real numbers with inclusive bounds, in order, for example one weight per task; `0.8 0.1 0.1` in text. */
export const numbers = (label: string, o: Omit<NumbersKnob, 'kind' | 'label'>): NumbersKnob => ({
  kind: 'numbers',
  label,
  ...o,
});

/** The numbers of a list knob's value, or of a numbers knob's. */
export const numbersIn = (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number));

/** Whether something has an effect, or a meaning, in a setting. */
export function applies({ appliesTo = {}, unless = {} }: Condition, spec: Spec): boolean {
  const has = ([name, values]: [string, readonly KnobValue[]]) =>
    values.some((value) => value === spec[name]);
  return Object.entries(appliesTo).every(has) && !Object.entries(unless).some(has);
}
