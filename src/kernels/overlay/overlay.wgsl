// Two images on one canvas, the larger of their values at each place and black where neither lies: with the places p of
// image i, left begins at row p[0] and column p[1], and right ends p[2] rows and p[3] columns before the canvas does.
// left, right [batch, height, width, channels] · black [channels] · offsets [size], into the canvas · places [batch, 4] ·
// values [batch, size]; one invocation per value.

struct Params {
  batch: u32,
  size: u32,
  height: u32,
  width: u32,
  channels: u32,
  canvas_height: u32,
  canvas_width: u32,
}

@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read> black: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<u32>;
@group(0) @binding(4) var<storage, read> places: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; // value != value may be optimised away
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.batch * p.size) { return; }
  let i = index / p.size;
  let offset = offsets[index % p.size];
  let channel = offset % p.channels;
  let column = (offset / p.channels) % p.canvas_width;
  let row = offset / (p.channels * p.canvas_width);
  let place = places[i];
  // Unsigned: what lies before an image wraps to far behind it.
  let left_row = row - place.x;
  let left_column = column - place.y;
  let right_row = row + place.z + p.height - p.canvas_height;
  let right_column = column + place.w + p.width - p.canvas_width;
  let first = i * p.height;
  var a = black[channel];
  var b = a;
  if (left_row < p.height && left_column < p.width) {
    a = left[((first + left_row) * p.width + left_column) * p.channels + channel];
  }
  if (right_row < p.height && right_column < p.width) {
    b = right[((first + right_row) * p.width + right_column) * p.channels + channel];
  }
  values[index] = select(b, a, a > b || is_nan(a));
}
