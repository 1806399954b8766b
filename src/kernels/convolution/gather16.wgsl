// y[b, v, u, o] = act(Σ over taps (ky, kx) and channels c of x[b, v', u', c] · filter[ky, kx, c, o] + bias[o]) with
// v' = (v · strideY ± ky + offsetY) / upY and u' likewise, where these are whole and inside x: a convolution (up = 1, +),
// or its gradient with respect to its input (stride = 1, −).
// x [batch, sourceHeight, sourceWidth, sourceChannels] · filter [filterHeight, filterWidth, sourceChannels, channels]
// bias [channels] · y [batch, height, width, channels]
//
// Channels divisible by 16: the filter is read and y written in fours. Each invocation keeps a tile of 8 positions ×
// 16 channels in registers, and no barrier is needed: processors that play the graphics card are very slow at barriers.

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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> filters: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

fn finish(sum: vec4<f32>, channel: u32) -> vec4<f32> {
  var value = sum;
  if (p.bias == 1u) {
    value += vec4(bias[channel], bias[channel + 1u], bias[channel + 2u], bias[channel + 3u]);
  }
  // Comparing keeps NaN, which max() need not.
  return select(value, vec4<f32>(), vec4(p.relu == 1u) & (value < vec4<f32>()));
}

fn store(row: u32, u: u32, channel: u32, a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>) {
  if (u >= p.width) { return; }
  let at = ((row * p.width + u) * p.channels + channel) / 4u;
  y[at] = finish(a, channel);
  y[at + 1u] = finish(b, channel + 4u);
  y[at + 2u] = finish(c, channel + 8u);
  y[at + 3u] = finish(d, channel + 12u);
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let tile = id.x + id.y * groups.x * 32u;
  let across = p.channels / 16u;
  // The positions of a tile lie `upX` apart in one row of y: a tap then meets all of them or none.
  let perPhase = ((p.width + p.upX - 1u) / p.upX + 7u) / 8u;
  let perRow = p.upX * perPhase;
  if (tile >= across * p.batch * p.height * perRow) { return; }
  let channel = tile % across * 16u;
  let inRow = tile / across % perRow;
  let row = tile / across / perRow;
  let first = inRow % perPhase * 8u * p.upX + inRow / perPhase;
  let image = row / p.height * p.sourceHeight;
  let top = i32(row % p.height * p.strideY + p.offsetY);
  let left = i32(first * p.strideX + p.offsetX);
  let direction = select(1, -1, p.backward == 1u);
  var s0a = vec4<f32>(); var s0b = vec4<f32>(); var s0c = vec4<f32>(); var s0d = vec4<f32>();
  var s1a = vec4<f32>(); var s1b = vec4<f32>(); var s1c = vec4<f32>(); var s1d = vec4<f32>();
  var s2a = vec4<f32>(); var s2b = vec4<f32>(); var s2c = vec4<f32>(); var s2d = vec4<f32>();
  var s3a = vec4<f32>(); var s3b = vec4<f32>(); var s3c = vec4<f32>(); var s3d = vec4<f32>();
  var s4a = vec4<f32>(); var s4b = vec4<f32>(); var s4c = vec4<f32>(); var s4d = vec4<f32>();
  var s5a = vec4<f32>(); var s5b = vec4<f32>(); var s5c = vec4<f32>(); var s5d = vec4<f32>();
  var s6a = vec4<f32>(); var s6b = vec4<f32>(); var s6c = vec4<f32>(); var s6d = vec4<f32>();
  var s7a = vec4<f32>(); var s7b = vec4<f32>(); var s7c = vec4<f32>(); var s7d = vec4<f32>();
  for (var ky = 0; ky < i32(p.filterHeight); ky++) {
    let v = top + direction * ky;
    if (v < 0 || v % i32(p.upY) != 0 || v >= i32(p.sourceHeight * p.upY)) { continue; }
    for (var kx = 0; kx < i32(p.filterWidth); kx++) {
      let u = left + direction * kx;
      if (u % i32(p.upX) != 0) { continue; }
      let u0 = u / i32(p.upX);
      let fromX = (image + u32(v) / p.upY) * p.sourceWidth; // a negative u wraps round to a huge one, outside x
      let u1 = u0 + i32(p.strideX);
      let u2 = u1 + i32(p.strideX);
      let u3 = u2 + i32(p.strideX);
      let u4 = u3 + i32(p.strideX);
      let u5 = u4 + i32(p.strideX);
      let u6 = u5 + i32(p.strideX);
      let u7 = u6 + i32(p.strideX);
      let in0 = u32(u0) < p.sourceWidth;
      let in1 = u32(u1) < p.sourceWidth;
      let in2 = u32(u2) < p.sourceWidth;
      let in3 = u32(u3) < p.sourceWidth;
      let in4 = u32(u4) < p.sourceWidth;
      let in5 = u32(u5) < p.sourceWidth;
      let in6 = u32(u6) < p.sourceWidth;
      let in7 = u32(u7) < p.sourceWidth;
      let x0 = select(0u, (fromX + u32(u0)) * p.sourceChannels, in0);
      let x1 = select(0u, (fromX + u32(u1)) * p.sourceChannels, in1);
      let x2 = select(0u, (fromX + u32(u2)) * p.sourceChannels, in2);
      let x3 = select(0u, (fromX + u32(u3)) * p.sourceChannels, in3);
      let x4 = select(0u, (fromX + u32(u4)) * p.sourceChannels, in4);
      let x5 = select(0u, (fromX + u32(u5)) * p.sourceChannels, in5);
      let x6 = select(0u, (fromX + u32(u6)) * p.sourceChannels, in6);
      let x7 = select(0u, (fromX + u32(u7)) * p.sourceChannels, in7);
      var at = (u32(ky * i32(p.filterWidth) + kx) * p.sourceChannels * p.channels + channel) / 4u;
      for (var c = 0u; c < p.sourceChannels; c++) {
        let wa = filters[at];
        let wb = filters[at + 1u];
        let wc = filters[at + 2u];
        let wd = filters[at + 3u];
        let v0 = vec4(select(0.0, x[x0 + c], in0));
        s0a = fma(v0, wa, s0a);
        s0b = fma(v0, wb, s0b);
        s0c = fma(v0, wc, s0c);
        s0d = fma(v0, wd, s0d);
        let v1 = vec4(select(0.0, x[x1 + c], in1));
        s1a = fma(v1, wa, s1a);
        s1b = fma(v1, wb, s1b);
        s1c = fma(v1, wc, s1c);
        s1d = fma(v1, wd, s1d);
        let v2 = vec4(select(0.0, x[x2 + c], in2));
        s2a = fma(v2, wa, s2a);
        s2b = fma(v2, wb, s2b);
        s2c = fma(v2, wc, s2c);
        s2d = fma(v2, wd, s2d);
        let v3 = vec4(select(0.0, x[x3 + c], in3));
        s3a = fma(v3, wa, s3a);
        s3b = fma(v3, wb, s3b);
        s3c = fma(v3, wc, s3c);
        s3d = fma(v3, wd, s3d);
        let v4 = vec4(select(0.0, x[x4 + c], in4));
        s4a = fma(v4, wa, s4a);
        s4b = fma(v4, wb, s4b);
        s4c = fma(v4, wc, s4c);
        s4d = fma(v4, wd, s4d);
        let v5 = vec4(select(0.0, x[x5 + c], in5));
        s5a = fma(v5, wa, s5a);
        s5b = fma(v5, wb, s5b);
        s5c = fma(v5, wc, s5c);
        s5d = fma(v5, wd, s5d);
        let v6 = vec4(select(0.0, x[x6 + c], in6));
        s6a = fma(v6, wa, s6a);
        s6b = fma(v6, wb, s6b);
        s6c = fma(v6, wc, s6c);
        s6d = fma(v6, wd, s6d);
        let v7 = vec4(select(0.0, x[x7 + c], in7));
        s7a = fma(v7, wa, s7a);
        s7b = fma(v7, wb, s7b);
        s7c = fma(v7, wc, s7c);
        s7d = fma(v7, wd, s7d);
        at += p.channels / 4u;
      }
    }
  }
  store(row, first, channel, s0a, s0b, s0c, s0d);
  store(row, first + p.upX, channel, s1a, s1b, s1c, s1d);
  store(row, first + 2u * p.upX, channel, s2a, s2b, s2c, s2d);
  store(row, first + 3u * p.upX, channel, s3a, s3b, s3c, s3d);
  store(row, first + 4u * p.upX, channel, s4a, s4b, s4c, s4d);
  store(row, first + 5u * p.upX, channel, s5a, s5b, s5c, s5d);
  store(row, first + 6u * p.upX, channel, s6a, s6b, s6c, s6d);
  store(row, first + 7u * p.upX, channel, s7a, s7b, s7c, s7d);
}
