// The largest number of each window, not a number where one of them is none: windows lie side by side from the top left, and
// those at the edges may reach beyond x.
// x [batch, sourceHeight, sourceWidth, channels] · y [batch, height, width, channels]; one invocation per result,
// any number of channels.

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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & u32(0x7fffffffu)) > u32(0x7f800000u); // value != value may be optimised away
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let channels = p.channels;
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
