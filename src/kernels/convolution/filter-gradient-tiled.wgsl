// First stage of a convolution's gradient with respect to its filter: over the rows v of dy in one chunk,
// df[chunk, ky, kx, c, o] = Σ x[b, v · strideY + ky − top, u · strideX + kx − left, c] · dy[b, v, u, o].
// x [batch, sourceHeight, sourceWidth, sourceChannels] · dy [batch, height, width, channels]
// df [chunks, filterHeight, filterWidth, sourceChannels, channels]
//
// Channels of x and dy divisible by 4. A workgroup computes 64 products (taps and channels of x counted through) × 16 channels,
// 16 positions at a time: it keeps what they need of x and dy in memory of its own, and each invocation 4 × 4 in registers.

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

var<workgroup> images: array<vec4<f32>, 256>; // [16 positions, 64 products in fours]
var<workgroup> gradients: array<vec4<f32>, 64>; // [16 positions, 16 channels in fours]

// Four channels of x that meet `position` of dy in this tap; zeros beyond x.
fn fetch(position: u32, tap: u32, source: u32) -> vec4<f32> {
  let v = position / p.width % p.height * p.strideY + tap / p.filterWidth;
  let u = position % p.width * p.strideX + tap % p.filterWidth;
  let isInside = v >= p.top && v < p.sourceHeight + p.top && u >= p.left && u < p.sourceWidth + p.left;
  if (!isInside) { return vec4<f32>(); }
  let row = position / (p.width * p.height) * p.sourceHeight + v - p.top;
  return x[((row * p.sourceWidth + u - p.left) * p.sourceChannels + source) / 4u];
}

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let taps = p.filterHeight * p.filterWidth;
  let products = taps * p.sourceChannels;
  let across = (p.channels + 15u) / 16u;
  let down = (products + 63u) / 64u;
  let tile = id.x + id.y * groups.x;
  if (tile >= across * down * p.chunks) { return; }
  let chunk = tile / (across * down);
  let firstProduct = tile / across % down * 64u;
  let firstChannel = tile % across * 16u;
  let end = min((chunk + 1u) * p.chunk, p.batch * p.height) * p.width;
  // What this invocation fetches at each turn: four channels of one tap for four positions, and four of dy.
  let fetched = firstProduct + local % 16u * 4u;
  let fetchedChannel = firstChannel + local % 4u * 4u;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  for (var start = chunk * p.chunk * p.width; start < end; start += 16u) {
    for (var i = 0u; i < 4u; i++) {
      let position = i * 4u + local / 16u;
      var four = vec4<f32>();
      if (start + position < end && fetched < products) {
        four = fetch(start + position, fetched / p.sourceChannels, fetched % p.sourceChannels);
      }
      images[position * 16u + local % 16u] = four;
    }
    let position = start + local / 4u;
    var four = vec4<f32>();
    if (position < end && fetchedChannel < p.channels) { four = dy[(position * p.channels + fetchedChannel) / 4u]; }
    gradients[local] = four;
    workgroupBarrier();
    for (var i = 0u; i < 16u; i++) {
      let v = images[i * 16u + local / 4u];
      let d = gradients[i * 4u + local % 4u];
      s0 = fma(vec4(v.x), d, s0);
      s1 = fma(vec4(v.y), d, s1);
      s2 = fma(vec4(v.z), d, s2);
      s3 = fma(vec4(v.w), d, s3);
    }
    workgroupBarrier();
  }
  let product = firstProduct + local / 4u * 4u;
  if (product >= products || fetchedChannel >= p.channels) { return; }
  let to = ((chunk * products + product) * p.channels + fetchedChannel) / 4u;
  df[to] = s0;
  df[to + p.channels / 4u] = s1;
  df[to + p.channels / 2u] = s2;
  df[to + p.channels / 4u * 3u] = s3;
}
