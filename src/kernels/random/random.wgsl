// y = the first words of a Philox4x32-10 stream at a step: as they are, as uniform numbers in [0, 1) or as standard normal
// ones. Word i is word i mod 4 of block ⌊i / 4⌋, whose counter is [block, 0, step, 0] (src/math/philox-stream.ts).
// step [1] · y [size], words or the bits of float32; one invocation per block.

struct Params {
  size: u32,
  key0: u32,
  key1: u32,
}

override kind: u32; // 0 words, 1 uniform, 2 normal

@group(0) @binding(0) var<storage, read> step: array<i32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let block = id.x + id.y * groups.x * 64u;
  let first = 4u * block;
  if (first >= p.size) { return; }
  var words = philox(vec4(block, 0u, bitcast<u32>(step[0]), 0u), vec2(p.key0, p.key1));
  if (kind == 1u) { words = bitcast<vec4<u32>>(uniform_of(words)); }
  if (kind == 2u) { words = bitcast<vec4<u32>>(normals_of(words)); }
  let end = min(p.size, first + 4u);
  for (var i = first; i < end; i++) { y[i] = words[i - first]; }
}
