// First stage of a convolution's gradient with respect to its filter: over the rows v of dy in one chunk,
// df[chunk, ky, kx, c, o] = Σ x[b, v · strideY + ky − top, u · strideX + kx − left, c] · dy[b, v, u, o].
// x [batch, sourceHeight, sourceWidth, sourceChannels] · dy [batch, height, width, channels]
// df [chunks, filterHeight, filterWidth, sourceChannels, channels]
//
// sourceChannels divisible by 8, channels by 16; both are read in fours. Each invocation keeps a tile of 8 × 16 in registers,
// and no barrier is needed: processors that play the graphics card are very slow at barriers.

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

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> df: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> p: Params;

fn store(row: u32, channel: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) {
  let at = (row * p.channels + channel) / 4u;
  df[at] = a;
  df[at + 1u] = b;
  df[at + 2u] = c;
  df[at + 3u] = d;
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let tile = id.x + id.y * groups.x * 32u;
  let across = p.channels / 16u;
  let down = p.sourceChannels / 8u;
  let taps = p.filterHeight * p.filterWidth;
  if (tile >= across * down * taps * p.chunks) { return; }
  let channel = tile % across * 16u;
  let source = tile / across % down * 8u;
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
  var s0a = vec4<f32>(); var s0b = vec4<f32>(); var s0c = vec4<f32>(); var s0d = vec4<f32>();
  var s1a = vec4<f32>(); var s1b = vec4<f32>(); var s1c = vec4<f32>(); var s1d = vec4<f32>();
  var s2a = vec4<f32>(); var s2b = vec4<f32>(); var s2c = vec4<f32>(); var s2d = vec4<f32>();
  var s3a = vec4<f32>(); var s3b = vec4<f32>(); var s3c = vec4<f32>(); var s3d = vec4<f32>();
  var s4a = vec4<f32>(); var s4b = vec4<f32>(); var s4c = vec4<f32>(); var s4d = vec4<f32>();
  var s5a = vec4<f32>(); var s5b = vec4<f32>(); var s5c = vec4<f32>(); var s5d = vec4<f32>();
  var s6a = vec4<f32>(); var s6b = vec4<f32>(); var s6c = vec4<f32>(); var s6d = vec4<f32>();
  var s7a = vec4<f32>(); var s7b = vec4<f32>(); var s7c = vec4<f32>(); var s7d = vec4<f32>();
  for (var row = chunk * p.chunk; row < endRow; row++) {
    let v = row % p.height * p.strideY + ky;
    if (v < p.top || v >= p.sourceHeight + p.top) { continue; }
    let rowOfX = (row / p.height * p.sourceHeight + v - p.top) * p.sourceWidth;
    var fromX = ((rowOfX + firstColumn * p.strideX + kx - p.left) * p.sourceChannels + source) / 4u;
    var fromDy = ((row * p.width + firstColumn) * p.channels + channel) / 4u;
    for (var u = firstColumn; u < endColumn; u++) {
      let da = dy[fromDy];
      let db = dy[fromDy + 1u];
      let dc = dy[fromDy + 2u];
      let dd = dy[fromDy + 3u];
      let v0 = x[fromX];
      let v1 = x[fromX + 1u];
      s0a = fma(vec4(v0.x), da, s0a);
      s0b = fma(vec4(v0.x), db, s0b);
      s0c = fma(vec4(v0.x), dc, s0c);
      s0d = fma(vec4(v0.x), dd, s0d);
      s1a = fma(vec4(v0.y), da, s1a);
      s1b = fma(vec4(v0.y), db, s1b);
      s1c = fma(vec4(v0.y), dc, s1c);
      s1d = fma(vec4(v0.y), dd, s1d);
      s2a = fma(vec4(v0.z), da, s2a);
      s2b = fma(vec4(v0.z), db, s2b);
      s2c = fma(vec4(v0.z), dc, s2c);
      s2d = fma(vec4(v0.z), dd, s2d);
      s3a = fma(vec4(v0.w), da, s3a);
      s3b = fma(vec4(v0.w), db, s3b);
      s3c = fma(vec4(v0.w), dc, s3c);
      s3d = fma(vec4(v0.w), dd, s3d);
      s4a = fma(vec4(v1.x), da, s4a);
      s4b = fma(vec4(v1.x), db, s4b);
      s4c = fma(vec4(v1.x), dc, s4c);
      s4d = fma(vec4(v1.x), dd, s4d);
      s5a = fma(vec4(v1.y), da, s5a);
      s5b = fma(vec4(v1.y), db, s5b);
      s5c = fma(vec4(v1.y), dc, s5c);
      s5d = fma(vec4(v1.y), dd, s5d);
      s6a = fma(vec4(v1.z), da, s6a);
      s6b = fma(vec4(v1.z), db, s6b);
      s6c = fma(vec4(v1.z), dc, s6c);
      s6d = fma(vec4(v1.z), dd, s6d);
      s7a = fma(vec4(v1.w), da, s7a);
      s7b = fma(vec4(v1.w), db, s7b);
      s7c = fma(vec4(v1.w), dc, s7c);
      s7d = fma(vec4(v1.w), dd, s7d);
      fromX += p.strideX * p.sourceChannels / 4u;
      fromDy += p.channels / 4u;
    }
  }
  let to = (chunk * taps + tap) * p.sourceChannels + source;
  store(to, channel, s0a, s0b, s0c, s0d);
  store(to + 1u, channel, s1a, s1b, s1c, s1d);
  store(to + 2u, channel, s2a, s2b, s2c, s2d);
  store(to + 3u, channel, s3a, s3b, s3c, s3d);
  store(to + 4u, channel, s4a, s4b, s4c, s4d);
  store(to + 5u, channel, s5a, s5b, s5c, s5d);
  store(to + 6u, channel, s6a, s6b, s6c, s6d);
  store(to + 7u, channel, s7a, s7b, s7c, s7d);
}
