// First stage of a convolution's gradient with respect to its filter: over the rows v of dy in one chunk,
// df[chunk, ky, kx, c, o] = Σ x[b, v · strideY + ky − top, u · strideX + kx − left, c] · dy[b, v, u, o].
// x [batch, sourceHeight, sourceWidth, sourceChannels] · dy [batch, height, width, channels]
// df [chunks, filterHeight, filterWidth, sourceChannels, channels]
//
// Any number of channels. Each invocation keeps a tile of 4 × 4 in registers, and no barrier is needed: processors that
// play the graphics card are very slow at barriers.

struct Params {
  batch: u32,
  height: u32, // of dy
  width: u32,
  channels: u32,
  sourceHeight: u32, // of x
  sourceWidth: u32,
  sourceChannels: u32,
  filterHeight: u32,
  filterWidth: u32,
  strideY: u32, // positions of x from one of dy to the next
  strideX: u32,
  top: u32, // rows of zeros above x
  left: u32,
  chunks: u32,
  chunk: u32, // rows of dy per chunk, the last one shorter
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> df: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

fn store(row: u32, channel: u32, sums: vec4<f32>) {
  for (var i = 0u; i < 4u && channel + i < p.channels; i++) { df[row * p.channels + channel + i] = sums[i]; }
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let tile = id.x + id.y * groups.x * 32u;
  let across = (p.channels + 3u) / 4u;
  let down = (p.sourceChannels + 3u) / 4u;
  let taps = p.filterHeight * p.filterWidth;
  if (tile >= across * down * taps * p.chunks) { return; }
  let channel = tile % across * 4u;
  let source = tile / across % down * 4u;
  let tap = tile / (across * down) % taps;
  let chunk = tile / (across * down * taps);
  let ky = tap / p.filterWidth;
  let kx = tap % p.filterWidth;
  // The columns of dy for which the tap lies inside x: from ⌈(left − kx) / strideX⌉
  // to ⌊(sourceWidth − 1 + left − kx) / strideX⌋.
  let firstColumn = (max(p.left, kx) - kx + p.strideX - 1u) / p.strideX;
  let reach = p.sourceWidth + p.left;
  let endColumn = min(p.width, select(0u, (reach - 1u - kx) / p.strideX + 1u, reach > kx));
  let endRow = min((chunk + 1u) * p.chunk, p.batch * p.height);
  let last = p.sourceChannels - 1u - source;
  let lastChannel = p.channels - 1u - channel;
  var s0a = vec4<f32>();
  var s1a = vec4<f32>();
  var s2a = vec4<f32>();
  var s3a = vec4<f32>();
  for (var row = chunk * p.chunk; row < endRow; row++) {
    let v = row % p.height * p.strideY + ky;
    if (v < p.top || v >= p.sourceHeight + p.top) { continue; }
    let rowOfX = (row / p.height * p.sourceHeight + v - p.top) * p.sourceWidth;
    var fromX = (rowOfX + firstColumn * p.strideX + kx - p.left) * p.sourceChannels + source;
    var fromDy = (row * p.width + firstColumn) * p.channels + channel;
    for (var u = firstColumn; u < endColumn; u++) {
      let da = vec4(
        dy[fromDy],
        dy[fromDy + min(1u, lastChannel)],
        dy[fromDy + min(2u, lastChannel)],
        dy[fromDy + min(3u, lastChannel)],
      );
      let v0 = vec4(x[fromX]);
      s0a = fma(v0, da, s0a);
      let v1 = vec4(x[fromX + min(1u, last)]);
      s1a = fma(v1, da, s1a);
      let v2 = vec4(x[fromX + min(2u, last)]);
      s2a = fma(v2, da, s2a);
      let v3 = vec4(x[fromX + min(3u, last)]);
      s3a = fma(v3, da, s3a);
      fromX += p.strideX * p.sourceChannels;
      fromDy += p.channels;
    }
  }
  let to = (chunk * taps + tap) * p.sourceChannels + source;
  store(to, channel, s0a);
  if (last >= 1u) { store(to + 1u, channel, s1a); }
  if (last >= 2u) { store(to + 2u, channel, s2a); }
  if (last >= 3u) { store(to + 3u, channel, s3a); }
}
