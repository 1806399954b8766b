// The largest number of each window, not a number where one of them is none: windows lie side by side from the top left, and
// those at the edges may reach beyond x.
// x [batch, sourceHeight, sourceWidth, channels] · y [batch, height, width, channels]; one invocation per result,
// channels divisible by 4 and read in fours.

struct Params {
  batch: u32,
  height: u32, // of y
  width: u32,
  channels: u32,
  sourceHeight: u32, // of x
  sourceWidth: u32,
  windowHeight: u32,
  windowWidth: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

fn isNan(value: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(value) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u); // value != value may be optimised away
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let channels = p.channels / 4u;
  if (index >= p.batch * p.height * p.width * channels) { return; }
  let top = index / (channels * p.width) % p.height * p.windowHeight;
  let left = index / channels % p.width * p.windowWidth;
  let image = index / (channels * p.width * p.height) * p.sourceHeight;
  let bottom = min(top + p.windowHeight, p.sourceHeight);
  let right = min(left + p.windowWidth, p.sourceWidth);
  var best = x[((image + top) * p.sourceWidth + left) * channels + index % channels];
  for (var v = top; v < bottom; v++) {
    for (var u = left; u < right; u++) {
      let value = x[((image + v) * p.sourceWidth + u) * channels + index % channels];
      best = select(best, value, (value > best) | isNan(value));
    }
  }
  y[index] = best;
}
