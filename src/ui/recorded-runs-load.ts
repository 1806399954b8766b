import { decodeBundle } from '../run/bundle';
import type { RunRecord } from '../run/record';

/**
 * Fetches recorded runs.
 * @throws Error saying why they have not come.
 */
export async function fetchRecorded(url: string): Promise<readonly RunRecord[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the site answered ${response.status}`);
  const { records } = await decodeBundle(new Uint8Array(await response.arrayBuffer()));
  return records.map((record) => ({ ...record, origin: 'recorded' }));
}
