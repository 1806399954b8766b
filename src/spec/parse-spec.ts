import {
  numbersIn,
  type Knob,
  type Knobs,
  type KnobValue,
  type ListKnob,
  type NumbersKnob,
  type Spec,
  type SpecOf,
} from './knob';

/** One thing wrong with a setting, in words a reader of the page understands. */
export interface Problem {
  /** The knob or link parameter it concerns. */
  where: string;
  message: string;
}

/** A setting that cannot run. Lists every problem, not only the first. */
export class SpecError extends Error {
  override name = 'SpecError';
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ where, message }) => `${where}: ${message}`).join('; '));
  }
}

/** What is wrong with `value` for `knob`, or null when it fits. */
export function problemWith(knob: Knob, value: unknown): string | null {
  const got = typeof value === 'string' ? `"${value}"` : String(value);
  switch (knob.kind) {
    case 'flag':
      return typeof value === 'boolean' ? null : `expected true or false, got ${got}`;
    case 'choice':
      return typeof value === 'string' && knob.options.includes(value)
        ? null
        : `expected one of ${knob.options.join(', ')}, got ${got}`;
    case 'int':
    case 'real':
      if (typeof value !== 'number' || !Number.isFinite(value)) return `expected a number, got ${got}`;
      if (knob.kind === 'int' && !Number.isInteger(value)) return `expected a whole number, got ${got}`;
      return value < knob.min || value > knob.max ? `expected ${knob.min} to ${knob.max}, got ${got}` : null;
    case 'list':
      return problemWithList(knob, value);
    case 'numbers':
      return problemWithNumbers(knob, value);
    default:
      return knob satisfies never;
  }
}

function problemWithList({ min, max }: ListKnob, value: unknown): string | null {
  if (typeof value !== 'string' || !/^(\d+( \d+)*)?$/.test(value))
    return `expected whole numbers such as 2 4 6, got "${String(value)}"`;
  const numbers = numbersIn(value);
  const outside = numbers.find((number) => number < min || number > max);
  if (outside !== undefined) return `expected ${min} to ${max}, got ${outside}`;
  const isAscending = numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0));
  return isAscending ? null : `expected each number once and in ascending order, got "${value}"`;
}

/** The one form of a number in text, so that equal settings have equal digests. */
const isPlainNumber = (text: string): boolean =>
  Number.isFinite(Number(text)) && String(Number(text)) === text;

function problemWithNumbers({ min, max }: NumbersKnob, value: unknown): string | null {
  if (typeof value !== 'string' || !value.split(' ').every(isPlainNumber))
    return `expected numbers such as 1 0.5, got "${String(value)}"`;
  const outside = numbersIn(value).find((number) => number < min || number > max);
  return outside === undefined ? null : `expected ${min} to ${max}, got ${outside}`;
}

const fits = (knob: Knob, value: unknown): value is KnobValue => problemWith(knob, value) === null;

/** Every knob at its default. */
export function defaultsOf<const K extends Knobs>(knobs: K): SpecOf<K> {
  return Object.fromEntries(Object.entries(knobs).map(([name, knob]) => [name, knob.default])) as SpecOf<K>;
}

/**
 * Checks a whole or partial setting against the knobs. Where a value is wrong the fallback stands in its place and a
 * problem is listed, so that a bad link still opens.
 */
export function repairSpec<const K extends Knobs>(
  knobs: K,
  input: Readonly<Record<string, unknown>>,
  fallback: SpecOf<K> = defaultsOf(knobs),
): { spec: SpecOf<K>; problems: Problem[] } {
  const problems: Problem[] = Object.keys(input)
    .filter((name) => !Object.hasOwn(knobs, name))
    .map((where) => ({ where, message: 'no such knob' }));
  const spec: Record<string, KnobValue> = { ...(fallback as Spec) };
  for (const [name, knob] of Object.entries(knobs)) {
    if (!Object.hasOwn(input, name)) continue;
    const value = input[name];
    if (fits(knob, value)) spec[name] = value;
    else problems.push({ where: name, message: problemWith(knob, value) ?? 'not usable' });
  }
  return { spec: spec as SpecOf<K>, problems };
}

/**
 * A complete, valid setting.
 * @throws SpecError listing every unknown knob and every value out of bounds.
 */
export function parseSpec<const K extends Knobs>(
  knobs: K,
  input: Readonly<Record<string, unknown>>,
): SpecOf<K> {
  const { spec, problems } = repairSpec(knobs, input);
  if (problems.length > 0) throw new SpecError(problems);
  return spec;
}
