import { cards } from '../experiments/cards';
import type { Card } from '../run/card';
import { planProblems, planRuns, type PlannedRun } from '../run/plan';
import { applies, type Spec } from '../spec/knob';
import { decodeLink, type Link } from '../spec/link';
import { problemWith, SpecError, type Problem } from '../spec/parse-spec';

const refuse = (where: string, message: string): never => {
  throw new SpecError([{ where, message }]);
};

/** The parts of an address, or of its query alone, with or without the question mark. */
function placeOf(text: string): { search: string; hash: string } {
  const [address = '', ...hash] = text.split('#');
  return { search: address.slice(address.indexOf('?') + 1), hash: hash.join('#') };
}

/** The same link with every run of it `steps` long, whatever its spec and its variants say of the length. */
function withSteps(card: Card, link: Link, steps: number): Link {
  const { duration, durationUnit } = card.knobs;
  if (!duration || durationUnit?.kind !== 'choice' || !durationUnit.options.includes('steps'))
    return refuse(
      '--steps',
      `${card.id} has no knobs duration and durationUnit, so its length cannot be set here`,
    );
  const wrong = problemWith(duration, steps);
  if (wrong !== null) refuse('--steps', wrong);
  const length: Spec = { duration: steps, durationUnit: 'steps' };
  const lengthless = (diff: Spec): Spec =>
    Object.fromEntries(Object.entries(diff).filter(([name]) => !Object.hasOwn(length, name)));
  return {
    ...link,
    spec: { ...link.spec, ...length },
    variants: link.variants.map(({ name, diff }) => ({ name, diff: lengthless(diff) })),
  };
}

export interface Setting {
  card: Card;
  link: Link;
  plan: PlannedRun[];
  /** What does not keep it from running. */
  warnings: string[];
}

/** Where the link's digest of the setting that it was made for stands. */
const DIGEST = 'spec';

/**
 * The runs that a link asks for, as the page would plan them. A link made for other defaults runs with a warning, as
 * there.
 * @throws SpecError listing every other problem: the page puts a default in its place, a command must not.
 */
export function planOf(text: string, steps?: number): Setting {
  const decoded = decodeLink(cards, placeOf(text));
  const warnings = decoded.problems.filter(({ where }) => where === DIGEST).map(({ message }) => message);
  const problems: Problem[] = decoded.problems.filter(({ where }) => where !== DIGEST);
  const card = decoded.link && cards.get(decoded.link.experiment);
  if (!decoded.link || !card)
    throw new SpecError(
      problems.length > 0 ? problems : [{ where: 'e', message: 'the link names no experiment' }],
    );
  const link = steps === undefined ? decoded.link : withSteps(card, decoded.link, steps);
  problems.push(...planProblems(card, link));
  if (problems.length > 0) throw new SpecError(problems);
  return { card, link, plan: planRuns(card, link), warnings };
}

/** Data sets that runs read: those named by a knob `dataset`, or `sourceDataset` and the like, that has an effect. */
export function dataSetsOf(card: Card, plan: readonly PlannedRun[]): string[] {
  const knobs = Object.entries(card.knobs).filter(([name]) => /(^d|D)ataset$/.test(name));
  const names = plan.flatMap(({ spec }) =>
    knobs.flatMap(([name, knob]) => (applies(knob, spec) ? [spec[name]] : [])),
  );
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}
