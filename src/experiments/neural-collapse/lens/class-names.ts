import { className } from '../../../data/class-names';
import type { Spec } from '../../../spec/knob';
import { trainedClasses } from '../check';

/** Names of the classes that a run trains on, in the order in which its snapshots count them. */
export const trainedClassNames = (spec: Spec): string[] =>
  trainedClasses({ heldOut: String(spec['heldOut'] ?? '') }).map((c) =>
    className(String(spec['dataset']), c),
  );
