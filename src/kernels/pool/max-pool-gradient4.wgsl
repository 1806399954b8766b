// Gradient of the largest number of each window: dx is dy where x is the first of its window that is the largest, or
// not a number, and 0 elsewhere. Windows lie side by side from the top left; what they do not cover gets 0.
// dy [batch, height, width, channels] · x, dx [batch, sourceHeight, sourceWidth, channels]; one invocation per window,
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

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> p: Params;

fn isNan(value: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(value) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u); // value != value may be optimised away
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let channels = p.channels / 4u;
  let down = (p.sourceHeight + p.windowHeight - 1u) / p.windowHeight;
  let across = (p.sourceWidth + p.windowWidth - 1u) / p.windowWidth;
  if (index >= p.batch * down * across * channels) { return; }
  let channel = index % channels;
  let column = index / channels % across;
  let row = index / (channels * across) % down;
  let image = index / (channels * across * down);
  let isCovered = row < p.height && column < p.width;
  let source = select(0u, ((image * p.height + row) * p.width + column) * channels + channel, isCovered);
  var rest = dy[source]; // what is still to be given away
  if (!isCovered) { rest = vec4<f32>(); }
  let top = row * p.windowHeight;
  let left = column * p.windowWidth;
  let bottom = min(top + p.windowHeight, p.sourceHeight);
  let right = min(left + p.windowWidth, p.sourceWidth);
  var largest = x[((image * p.sourceHeight + top) * p.sourceWidth + left) * channels + channel];
  for (var v = top; v < bottom; v++) {
    for (var u = left; u < right; u++) {
      let value = x[((image * p.sourceHeight + v) * p.sourceWidth + u) * channels + channel];
      largest = select(largest, value, value > largest);
    }
  }
  for (var v = top; v < bottom; v++) {
    for (var u = left; u < right; u++) {
      let at = ((image * p.sourceHeight + v) * p.sourceWidth + u) * channels + channel;
      let isIt = (x[at] == largest) | isNan(x[at]);
      dx[at] = select(vec4<f32>(), rest, isIt);
      rest = select(rest, vec4<f32>(), isIt);
    }
  }
}
