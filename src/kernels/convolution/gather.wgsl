// y[b, v, u, o] = act(Σ over taps (ky, kx) and channels c of x[b, v', u', c] · filter[ky, kx, c, o] + bias[o]) with
// v' = (v · strideY ± ky + offsetY) / upY and u' likewise, where these are whole and inside x: a convolution (up = 1, +),
// or its gradient with respect to its input (stride = 1, −).
// x [batch, sourceHeight, sourceWidth, sourceChannels] · filter [filterHeight, filterWidth, sourceChannels, channels]
// bias [channels] · y [batch, height, width, channels]
//
// Any number of channels. Each invocation keeps a tile of 4 positions × 4 channels in registers, and no barrier is needed:
// processors that play the graphics card are very slow at barriers.

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
@group(0) @binding(1) var<storage, read> filters: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

fn store(row: u32, u: u32, channel: u32, sum: vec4<f32>) {
  if (u >= p.width) { return; }
  let at = (row * p.width + u) * p.channels;
  for (var i = 0u; i < 4u; i++) {
    if (channel + i >= p.channels) { return; }
    var value = sum[i];
    if (p.bias == 1u) { value += bias[channel + i]; }
    // Comparing keeps NaN, which max() need not.
    y[at + channel + i] = select(value, 0.0, p.relu == 1u && value < 0.0);
  }
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let tile = id.x + id.y * groups.x * 32u;
  let across = (p.channels + 3u) / 4u;
  // The positions of a tile lie `upX` apart in one row of y: a tap then meets all of them or none.
  let perPhase = ((p.width + p.upX - 1u) / p.upX + 3u) / 4u;
  let perRow = p.upX * perPhase;
  if (tile >= across * p.batch * p.height * perRow) { return; }
  let channel = tile % across * 4u;
  let last = p.channels - 1u - channel;
  let inRow = tile / across % perRow;
  let row = tile / across / perRow;
  let first = inRow % perPhase * 4u * p.upX + inRow / perPhase;
  let image = row / p.height * p.sourceHeight;
  let top = i32(row % p.height * p.strideY + p.offsetY);
  let left = i32(first * p.strideX + p.offsetX);
  let direction = select(1, -1, p.backward == 1u);
  var s0a = vec4<f32>();
  var s1a = vec4<f32>();
  var s2a = vec4<f32>();
  var s3a = vec4<f32>();
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
      let in0 = u32(u0) < p.sourceWidth;
      let in1 = u32(u1) < p.sourceWidth;
      let in2 = u32(u2) < p.sourceWidth;
      let in3 = u32(u3) < p.sourceWidth;
      let x0 = select(0u, (fromX + u32(u0)) * p.sourceChannels, in0);
      let x1 = select(0u, (fromX + u32(u1)) * p.sourceChannels, in1);
      let x2 = select(0u, (fromX + u32(u2)) * p.sourceChannels, in2);
      let x3 = select(0u, (fromX + u32(u3)) * p.sourceChannels, in3);
      var at = u32(ky * i32(p.filterWidth) + kx) * p.sourceChannels * p.channels + channel;
      for (var c = 0u; c < p.sourceChannels; c++) {
        let wa = vec4(
          filters[at], filters[at + min(1u, last)], filters[at + min(2u, last)], filters[at + min(3u, last)],
        );
        let v0 = vec4(select(0.0, x[x0 + c], in0));
        s0a = fma(v0, wa, s0a);
        let v1 = vec4(select(0.0, x[x1 + c], in1));
        s1a = fma(v1, wa, s1a);
        let v2 = vec4(select(0.0, x[x2 + c], in2));
        s2a = fma(v2, wa, s2a);
        let v3 = vec4(select(0.0, x[x3 + c], in3));
        s3a = fma(v3, wa, s3a);
        at += p.channels;
      }
    }
  }
  store(row, first, channel, s0a);
  store(row, first + p.upX, channel, s1a);
  store(row, first + 2u * p.upX, channel, s2a);
  store(row, first + 3u * p.upX, channel, s3a);
}
