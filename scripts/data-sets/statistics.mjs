/**
 * Mean and standard deviation of each channel, of values scaled to [0, 1]. Counted in a histogram, so that the sums are
 * exact and the same on every machine.
 * @param {Uint8Array} pixels channels last
 * @param {number} channels
 */
export function channelStatistics(pixels, channels) {
  const histogram = new Float64Array(channels * 256);
  for (let at = 0; at < pixels.length;) {
    for (let channel = 0; channel < channels; channel++) histogram[channel * 256 + pixels[at++]]++;
  }
  const count = pixels.length / channels;
  const moments = Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    let squares = 0;
    for (let value = 0; value < 256; value++) {
      const times = histogram[channel * 256 + value];
      sum += times * value;
      squares += times * value * value;
    }
    const mean = sum / count;
    return { mean: mean / 255, standardDeviation: Math.sqrt(squares / count - mean * mean) / 255 };
  });
  return {
    mean: moments.map(({ mean }) => mean),
    standardDeviation: moments.map(({ standardDeviation }) => standardDeviation),
  };
}
