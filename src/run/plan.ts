import type { Card } from './card';
import { digestOf } from '../spec/digest';
import type { Spec } from '../spec/knob';
import { variantSpec, type Link } from '../spec/link';
import type { Problem } from '../spec/parse-spec';

/** One run that a setting asks for. */
export interface PlannedRun {
  experiment: string;
  variant: string;
  seed: number;
  spec: Spec;
  specDigest: string;
}

/** Digest of what one run computes, apart from its seed. Runs with the same one repeat each other. */
export const runDigest = (experiment: string, spec: Spec): string => digestOf({ experiment, spec });

/**
 * The runs of a setting: variants × seeds, seed by seed, so that the runs that are compared with each other finish
 * close together.
 */
export function planRuns(card: Card, link: Link): PlannedRun[] {
  const variants = link.variants.map((variant) => {
    const spec = variantSpec(card, link.spec, variant);
    return { variant: variant.name, spec, specDigest: runDigest(card.id, spec) };
  });
  return link.seeds.flatMap((seed) => variants.map((variant) => ({ experiment: card.id, seed, ...variant })));
}

/** What keeps a setting from being run, each problem once: the card's own checks, and variants that are the same. */
export function planProblems(card: Card, link: Link): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (problem: Problem) => problems.set(`${problem.where} ${problem.message}`, problem);
  const seen = new Map<string, string>();
  for (const variant of link.variants) {
    const spec = variantSpec(card, link.spec, variant);
    for (const problem of card.check?.(spec) ?? []) add(problem);
    const digest = runDigest(card.id, spec);
    const twin = seen.get(digest);
    if (twin === undefined) seen.set(digest, variant.name);
    else
      add({
        where: 'vs',
        message: `“${variant.name}” runs exactly what “${twin}” runs; change or remove one of them`,
      });
  }
  return [...problems.values()];
}
