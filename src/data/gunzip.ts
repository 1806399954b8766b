/** Copies stream chunks into `target`, which they must fill exactly. */
async function fill(target: Uint8Array, stream: ReadableStream<Uint8Array>): Promise<void> {
  let filled = 0;
  // `for await` over a stream is missing in some browsers.
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (filled + next.value.length > target.length) {
      await reader.cancel();
      throw new RangeError(`it unpacks to more than ${target.length} bytes`);
    }
    target.set(next.value, filled);
    filled += next.value.length;
  }
  if (filled < target.length) throw new RangeError(`it unpacks to ${filled} bytes, not ${target.length}`);
}

/**
 * Unpacks gzip into as many bytes as it must hold.
 * @throws RangeError where it holds more or fewer, TypeError where it is no gzip or damaged.
 */
export async function gunzip(
  packed: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const target = new Uint8Array(size);
  await fill(target, new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')));
  return target;
}
