import type { Recording } from '../run/recording';

const about = import.meta.glob<Recording>('./*/recorded/*.json', { eager: true, import: 'default' });
const files = import.meta.glob<string>('./*/recorded/*.seedlab', {
  eager: true,
  import: 'default',
  query: '?url',
});

/** A recording and where its runs are fetched. */
export interface RecordingFile {
  about: Recording;
  url: string;
}

/** All recordings that this build ships, by folder and preset. */
export const recordings: readonly RecordingFile[] = Object.entries(about).flatMap(([path, recording]) => {
  const url = files[path.replace(/\.json$/, '.seedlab')];
  return url === undefined ? [] : [{ about: recording, url }];
});
