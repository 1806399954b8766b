import { readFileSync } from 'node:fs';

/**
 * Names of the classes in label order, by data set: the list that the page reads, too.
 * @type {Readonly<Record<'fashion-mnist' | 'mnist' | 'cifar-10', readonly string[]>>}
 */
export const CLASS_NAMES = JSON.parse(readFileSync(new URL('class-names.json', import.meta.url), 'utf8'));
