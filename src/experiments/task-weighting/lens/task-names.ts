import type { TaskInfo } from '../tasks';

/** A task's name beside a line: its label, or, where that is a sentence about an image, its id in words. */
export function shortName({ id, label }: Pick<TaskInfo, 'id' | 'label'>): string {
  if (!label.startsWith('is ')) return label;
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
