// y = x + deviation · normal numbers of each item's own: number v of an item is number v mod 4 of block ⌊v / 4⌋ of a
// Philox4x32-10 stream, whose counter is [block, item, step, 0] (src/math/philox-stream.ts).
// x, y [batch, size] · indices [batch] · step [1]; one invocation per block of an item.

struct Params {
  size: u32,
  key0: u32,
  key1: u32,
  deviation: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> step: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let first = 4u * id.x;
  if (first >= p.size) { return; }
  let words = philox(vec4(id.x, indices[id.y], bitcast<u32>(step[0]), 0u), vec2(p.key0, p.key1));
  let noise = p.deviation * normals_of(words);
  let end = min(p.size, first + 4u);
  for (var v = first; v < end; v++) {
    let at = id.y * p.size + v;
    y[at] = x[at] + noise[v - first];
  }
}
