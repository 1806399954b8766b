// y[b, v, u, o] = act(Σ over taps (ky, kx) and channels c of x[b, v', u', c] · filter[ky, kx, c, o] + bias[o]) with
// v' = (v · strideY ± ky + offsetY) / upY and u' likewise, where these are whole and inside x: a convolution (up = 1, +),
// or its gradient with respect to its input (stride = 1, −).
// x [batch, sourceHeight, sourceWidth, sourceChannels] · filter [filterHeight, filterWidth, sourceChannels, channels]
// bias [channels] · y [batch, height, width, channels]
//
// Channels of x and y divisible by 4. A workgroup computes 128 positions × 16 channels, 16 products (taps and channels of x
// counted through) at a time: it keeps what they need of x and of the filter in memory of its own, and each invocation 8
// positions × 4 channels in registers.

struct Params {
  batch: u32,
  height: u32, // of y
  width: u32,
  channels: u32,
  sourceHeight: u32, // of x
  sourceWidth: u32,
  sourceChannels: u32,
  filterHeight: u32,
  filterWidth: u32,
  strideY: u32, // positions of x from one of y to the next
  strideX: u32,
  upY: u32, // positions of y from one of x to the next: the stride of the convolution whose gradient this is
  upX: u32,
  offsetY: u32, // bits of an i32, as is offsetX: −padding, or +padding for a gradient
  offsetX: u32,
  backward: u32, // 1: taps run against the positions, as they do in a gradient
  bias: u32, // 1: add bias[channel]
  relu: u32, // 1: negative results become 0
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> filters: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> images: array<f32, 2048>; // [16 products, 128 positions]
var<workgroup> taps: array<vec4<f32>, 64>; // [16 products, 16 channels in fours]

fn finish(sum: vec4<f32>, channel: u32) -> vec4<f32> {
  var value = sum;
  if (p.bias == 1u) {
    value += vec4(bias[channel], bias[channel + 1u], bias[channel + 2u], bias[channel + 3u]);
  }
  // Comparing keeps NaN, which max() need not.
  return select(value, vec4<f32>(), vec4(p.relu == 1u) & (value < vec4<f32>()));
}

fn store(position: u32, channel: u32, sum: vec4<f32>) {
  if (position >= p.batch * p.height * p.width || channel >= p.channels) { return; }
  y[(position * p.channels + channel) / 4u] = finish(sum, channel);
}

// Four channels of x from `product` on; zeros beyond x and beyond the last position and product.
fn fetch(position: u32, product: u32) -> vec4<f32> {
  let tap = product / p.sourceChannels;
  if (position >= p.batch * p.height * p.width || tap >= p.filterHeight * p.filterWidth) { return vec4<f32>(); }
  let direction = select(1, -1, p.backward == 1u);
  let v = i32(position / p.width % p.height * p.strideY + p.offsetY) + direction * i32(tap / p.filterWidth);
  let u = i32(position % p.width * p.strideX + p.offsetX) + direction * i32(tap % p.filterWidth);
  let isInside = v >= 0 && v % i32(p.upY) == 0 && v < i32(p.sourceHeight * p.upY) &&
    u >= 0 && u % i32(p.upX) == 0 && u < i32(p.sourceWidth * p.upX);
  if (!isInside) { return vec4<f32>(); }
  let row = position / (p.width * p.height) * p.sourceHeight + u32(v) / p.upY;
  return x[((row * p.sourceWidth + u32(u) / p.upX) * p.sourceChannels + product % p.sourceChannels) / 4u];
}

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let tile = id.x + id.y * groups.x;
  let across = (p.channels + 15u) / 16u;
  let first = tile / across * 128u;
  let channel = tile % across * 16u + local % 4u * 4u;
  let products = p.filterHeight * p.filterWidth * p.sourceChannels;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  var s4 = vec4<f32>();
  var s5 = vec4<f32>();
  var s6 = vec4<f32>();
  var s7 = vec4<f32>();
  for (var start = 0u; start < products; start += 16u) {
    for (var i = 0u; i < 8u; i++) {
      let position = local + i % 2u * 64u;
      let product = i / 2u * 4u;
      let four = fetch(first + position, start + product);
      images[product * 128u + position] = four.x;
      images[(product + 1u) * 128u + position] = four.y;
      images[(product + 2u) * 128u + position] = four.z;
      images[(product + 3u) * 128u + position] = four.w;
    }
    let product = start + local / 4u;
    var four = vec4<f32>();
    if (product < products && channel < p.channels) { four = filters[(product * p.channels + channel) / 4u]; }
    taps[local] = four;
    workgroupBarrier();
    for (var i = 0u; i < 16u; i++) {
      let w = taps[i * 4u + local % 4u];
      let at = i * 128u + local / 4u;
      s0 = fma(vec4(images[at]), w, s0);
      s1 = fma(vec4(images[at + 16u]), w, s1);
      s2 = fma(vec4(images[at + 32u]), w, s2);
      s3 = fma(vec4(images[at + 48u]), w, s3);
      s4 = fma(vec4(images[at + 64u]), w, s4);
      s5 = fma(vec4(images[at + 80u]), w, s5);
      s6 = fma(vec4(images[at + 96u]), w, s6);
      s7 = fma(vec4(images[at + 112u]), w, s7);
    }
    workgroupBarrier();
  }
  store(first + local / 4u, channel, s0);
  store(first + local / 4u + 16u, channel, s1);
  store(first + local / 4u + 32u, channel, s2);
  store(first + local / 4u + 48u, channel, s3);
  store(first + local / 4u + 64u, channel, s4);
  store(first + local / 4u + 80u, channel, s5);
  store(first + local / 4u + 96u, channel, s6);
  store(first + local / 4u + 112u, channel, s7);
}
