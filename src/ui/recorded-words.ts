import type { Recording } from '../run/recording';
import { countOf } from './quantity';

const DATE = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** Where runs were recorded: `google swiftshader, a software adapter, 2 cores`. */
export function recordedOn({ device, cores }: Pick<Recording, 'device' | 'cores'>): string {
  if (device.backend !== 'webgpu') return `${device.adapter}, ${countOf(cores, 'core')}`;
  return device.software
    ? `${device.adapter}, a software adapter, ${countOf(cores, 'core')}`
    : `${device.adapter}, a graphics card`;
}

/** Day of a recording: `22 November 2026`. */
export const recordedDate = ({ date }: Pick<Recording, 'date'>): string => DATE.format(new Date(date));
