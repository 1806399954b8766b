import { openCheckpoints } from '../../src/run/opfs-checkpoints';

// Says what it sees of the page's checkpoints, leaves one of its own and holds a name until it is ended.
const store = await openCheckpoints();
await store.write('from-worker', Uint8Array.of(5));
await store.claim('held-by-worker', new AbortController().signal);
postMessage({ trouble: store.trouble, read: await store.read('from-page') });
