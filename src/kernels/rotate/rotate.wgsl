// Images turned about their centre, anticlockwise, by bilinear sampling; black moves in from outside. Value (row, column)
// is read at centre + R (row, column), R a turn back. Whole quarter turns of square images are exact.
// x [batch, height, width, channels] · turns [batch], of a whole turn · black [channels] · offsets [size], into an image ·
// values [batch, size]; one invocation per value.

struct Params {
  batch: u32,
  size: u32,
  height: u32,
  width: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> turns: array<f32>;
@group(0) @binding(2) var<storage, read> black: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

// cos 2πv and sin 2πv by Taylor's series: a device's own may be off by 2⁻¹¹. The nearest quarter turn and the rest, at most
// an eighth turn, are exact.
fn turn(v: f32) -> vec2<f32> {
  let quarters = round(4.0 * v);
  let a = 1.5707963267948966 * (4.0 * v - quarters);
  let a2 = a * a;
  let c = 1.0 - a2 / 2.0 * (1.0 - a2 / 12.0 * (1.0 - a2 / 30.0 * (1.0 - a2 / 56.0)));
  let s = a * (1.0 - a2 / 6.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0 * (1.0 - a2 / 72.0))));
  switch (i32(quarters) & 3) {
    case 1: { return vec2(-s, c); }
    case 2: { return vec2(-c, -s); }
    case 3: { return vec2(s, -c); }
    default: { return vec2(c, s); }
  }
}

// Outside the image it is black.
fn pixel(i: u32, row: i32, column: i32, channel: u32) -> f32 {
  if (row < 0 || row >= i32(p.height) || column < 0 || column >= i32(p.width)) { return black[channel]; }
  return x[((i * p.height + u32(row)) * p.width + u32(column)) * p.channels + channel];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.batch * p.size) { return; }
  let i = index / p.size;
  let offset = offsets[index % p.size];
  let channel = offset % p.channels;
  let centre = 0.5 * vec2(f32(p.width) - 1.0, f32(p.height) - 1.0);
  let to = vec2(f32((offset / p.channels) % p.width), f32(offset / (p.channels * p.width))) - centre;
  let direction = turn(turns[i]);
  let source = centre + vec2(
    to.x * direction.x - to.y * direction.y,
    to.x * direction.y + to.y * direction.x,
  );
  let corner = floor(source);
  let share = source - corner;
  let column = i32(corner.x);
  let row = i32(corner.y);
  let above = (1.0 - share.x) * pixel(i, row, column, channel) + share.x * pixel(i, row, column + 1, channel);
  let under = (1.0 - share.x) * pixel(i, row + 1, column, channel) + share.x * pixel(i, row + 1, column + 1, channel);
  values[index] = (1.0 - share.y) * above + share.y * under;
}
