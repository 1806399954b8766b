// Each image changed as its four flags say, in this order: mirrored left to right, turned a quarter anticlockwise, inverted
// (z ← white + black − z), made brighter (z ← z + (white − z) / 4).
// x [batch, side, side, channels] · flags [batch, 4] · black, white [channels] · offsets [size], into an image ·
// values [batch, size]; one invocation per value.

struct Params {
  batch: u32,
  size: u32,
  side: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> flags: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> black: array<f32>;
@group(0) @binding(3) var<storage, read> white: array<f32>;
@group(0) @binding(4) var<storage, read> offsets: array<u32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.batch * p.size) { return; }
  let i = index / p.size;
  let offset = offsets[index % p.size];
  let channel = offset % p.channels;
  let flag = flags[i] != vec4(0);
  let to = vec2(offset / (p.channels * p.side), (offset / p.channels) % p.side);
  let last = p.side - 1u;
  var source = select(to, vec2(to.y, last - to.x), flag.y);
  source.y = select(source.y, last - source.y, flag.x);
  var z = x[((i * p.side + source.x) * p.side + source.y) * p.channels + channel];
  z = select(z, white[channel] + black[channel] - z, flag.z);
  z = select(z, z + 0.25 * (white[channel] - z), flag.w);
  values[index] = z;
}
