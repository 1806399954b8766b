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

// The upper 32 bits of the 64-bit product, by halves.
fn multiply_high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let carry = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4(
      multiply_high(0xcd9e8d57u, c.z) ^ c.y ^ k.x,
      0xcd9e8d57u * c.z,
      multiply_high(0xd2511f53u, c.x) ^ c.w ^ k.y,
      0xd2511f53u * c.x,
    );
    k += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

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
