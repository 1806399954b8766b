// Four words of a Philox4x32-10 stream for each item, from its own block: counter [0, item, step, 0]
// (src/math/philox-stream.ts). below = ⌊word · bound / 2³²⌋ and uniform = the word's upper 24 bits, in [0, 1).
// indices [batch] · step [1] · below, uniform [batch, 4]; one invocation per item.

struct Params {
  batch: u32,
  key0: u32,
  key1: u32,
  bound0: u32,
  bound1: u32,
  bound2: u32,
  bound3: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read> step: array<i32>;
@group(0) @binding(2) var<storage, read_write> below: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> uniform_numbers: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= p.batch) { return; }
  let words = philox(vec4(0u, indices[i], bitcast<u32>(step[0]), 0u), vec2(p.key0, p.key1));
  below[i] = vec4(
    multiply_high(words.x, p.bound0),
    multiply_high(words.y, p.bound1),
    multiply_high(words.z, p.bound2),
    multiply_high(words.w, p.bound3),
  );
  uniform_numbers[i] = vec4<f32>(words >> vec4(8u)) * 0x1p-24f;
}
