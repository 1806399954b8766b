// Products of pixels that lie some way apart, over the batch: with d = (dy, dx + size − 1),
// products[d, r, q, c, e] = Σ_b x[b, r, q, c] · x[b, r + dy, q + dx, e], 0 where the second pixel lies outside the image.
// x [batch, height, width, channels] · products [size, 2 size − 1, height, width, channels, channels]; one invocation per
// displacement, pixel and tile of 4 × 4 pairs of channels.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  channels: u32,
  size: u32, // side of the window
  tiles: u32, // of four channels
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> products: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

/** Four channels of a pixel, 0 past the last. */
fn channels_at(at: u32, left: u32) -> vec4<f32> {
  var value = vec4(x[at], 0.0, 0.0, 0.0);
  if (left > 1u) { value.y = x[at + 1u]; }
  if (left > 2u) { value.z = x[at + 2u]; }
  if (left > 3u) { value.w = x[at + 3u]; }
  return value;
}

fn put(at: u32, value: vec4<f32>, left: u32) {
  products[at] = value.x;
  if (left > 1u) { products[at + 1u] = value.y; }
  if (left > 2u) { products[at + 2u] = value.z; }
  if (left > 3u) { products[at + 3u] = value.w; }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let pixels = p.height * p.width;
  let across = 2u * p.size - 1u;
  if (index >= p.tiles * p.tiles * p.size * across * pixels) { return; }
  let pixel = index % pixels;
  let displacement = index / pixels % (p.size * across);
  let pair = index / (pixels * p.size * across);
  let c = 4u * (pair / p.tiles);
  let e = 4u * (pair % p.tiles);
  // Unsigned: what lies before the image wraps to far behind it.
  let row = pixel / p.width + displacement / across;
  let column = pixel % p.width + displacement % across - (p.size - 1u);
  let left_c = p.channels - c;
  let left_e = p.channels - e;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  if (row < p.height && column < p.width) {
    var at = pixel * p.channels + c;
    var other = (row * p.width + column) * p.channels + e;
    for (var b = 0u; b < p.batch; b++) {
      let v = channels_at(other, left_e);
      s0 += x[at] * v;
      if (left_c > 1u) { s1 += x[at + 1u] * v; }
      if (left_c > 2u) { s2 += x[at + 2u] * v; }
      if (left_c > 3u) { s3 += x[at + 3u] * v; }
      at += pixels * p.channels;
      other += pixels * p.channels;
    }
  }
  let result = ((displacement * pixels + pixel) * p.channels + c) * p.channels + e;
  put(result, s0, left_e);
  if (left_c > 1u) { put(result + p.channels, s1, left_e); }
  if (left_c > 2u) { put(result + 2u * p.channels, s2, left_e); }
  if (left_c > 3u) { put(result + 3u * p.channels, s3, left_e); }
}
