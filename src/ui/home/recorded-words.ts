import type { DeviceInfo } from '../../engine/device-info';
import type { Recording, RecordedClaim } from '../../run/recording';
import { countOf } from '../quantity';

const NBSP = '\u00a0';

/** What kind of device it is, for a reader who asks how long it will take on their own. */
export function deviceClass({ backend, software }: DeviceInfo): string {
  if (backend !== 'webgpu') return backend === 'wasm' ? 'WebAssembly' : 'plain JavaScript';
  return software ? 'a software adapter' : 'a graphics card';
}

/** A rough time in words: `40 s`, `6 min`. */
export function roughTime(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))}${NBSP}s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${Math.round(minutes)}${NBSP}min` : `${Math.round(minutes / 6) / 10}${NBSP}hours`;
}

/** How long the recorded runs took and where, and whether that says something of this device. */
export function timeText({ runs, ms, device, cores, busy }: Recording, here: DeviceInfo | null): string {
  const count = runs.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const took = `${countOf(count, 'run')} took ${roughTime(ms)} on ${deviceClass(device)} of ${countOf(cores, 'core')}`;
  if (busy) return `${took}, which had other work at the time.`;
  if (here === null) return `${took}.`;
  return deviceClass(here) === deviceClass(device)
    ? `${took}, which is what this browser has.`
    : `${took}; on ${deviceClass(here)}, as here, they were not timed.`;
}

const STATE: Readonly<Record<RecordedClaim['state'], string>> = {
  supported: 'supported',
  'not supported': 'not supported',
  undecided: 'undecided',
  'not run': 'not run',
};

/** What the recorded runs say of the paper's claims, in a sentence; empty where they were held against none. */
export function claimsText({ claims }: Recording): string {
  if (claims.length === 0) return '';
  const told = claims.map(
    ({ method, baseline, state, pairs }) =>
      `${method} against ${baseline}: ${STATE[state]} (${countOf(pairs, 'pair')})`,
  );
  return `${claims.length === 1 ? 'The paper’s claim' : 'The paper’s claims'} in the recorded runs. ${told.join('; ')}.`;
}
