import known from '../../scripts/data-sets/class-names.json';

/** By name of the data set; the manifests are made from the same list. */
const CLASS_NAMES: Readonly<Record<string, readonly string[]>> = known;

/** Names of a data set's classes in label order; none where the data set is not known. */
export const classNames = (dataset: string): readonly string[] =>
  Object.hasOwn(CLASS_NAMES, dataset) ? (CLASS_NAMES[dataset] ?? []) : [];

/** A class's name, or its number where the data set is not known. */
export const className = (dataset: string, label: number): string =>
  classNames(dataset)[label] ?? `class ${label}`;
