// As displaced-products.wgsl for images of one to three channels, whose number is known when the module is compiled.
// x [batch, height, width, channels] · products [size, 2 size − 1, height, width, channels, channels]; one invocation per
// displacement and pixel.

override channels: u32 = 3u;

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  channels: u32,
  size: u32, // side of the window
  tiles: u32, // not used here
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> products: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn pixel_at(at: u32) -> vec3<f32> {
  var value = vec3(x[at], 0.0, 0.0);
  if (channels > 1u) { value.y = x[at + 1u]; }
  if (channels > 2u) { value.z = x[at + 2u]; }
  return value;
}

fn put(at: u32, value: vec3<f32>) {
  products[at] = value.x;
  if (channels > 1u) { products[at + 1u] = value.y; }
  if (channels > 2u) { products[at + 2u] = value.z; }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let pixels = p.height * p.width;
  let across = 2u * p.size - 1u;
  let displacement = index / pixels;
  if (displacement >= p.size * across) { return; }
  let pixel = index % pixels;
  // Unsigned: what lies before the image wraps to far behind it.
  let row = pixel / p.width + displacement / across;
  let column = pixel % p.width + displacement % across - (p.size - 1u);
  var s0 = vec3<f32>();
  var s1 = vec3<f32>();
  var s2 = vec3<f32>();
  if (row < p.height && column < p.width) {
    let stride = pixels * channels;
    let end = p.batch * stride;
    let apart = (row * p.width + column - pixel) * channels; // may wrap, and does so back
    for (var at = pixel * channels; at < end; at += stride) {
      let one = pixel_at(at);
      let other = pixel_at(at + apart);
      s0 += one.x * other;
      if (channels > 1u) { s1 += one.y * other; }
      if (channels > 2u) { s2 += one.z * other; }
    }
  }
  let result = index * channels * channels;
  put(result, s0);
  if (channels > 1u) { put(result + channels, s1); }
  if (channels > 2u) { put(result + 2u * channels, s2); }
}
