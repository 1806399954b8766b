/** A text as part of a file's name on any system: letters, digits, dots and hyphens. */
export function fileNamePart(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return plain.slice(0, 80) || 'run';
}

/** Name of an exported file: experiment and moment, `mixture-of-depths-2025-11-22-1405.csv`. */
export function exportName(experiment: string, now: Date, ending: string): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  return `${fileNamePart(experiment)}-${day}-${two(now.getHours())}${two(now.getMinutes())}${ending}`;
}
