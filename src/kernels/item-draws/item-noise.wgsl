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

// The upper 24 bits, which float32 holds exactly.
fn uniform_of(words: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(words >> vec4(8u)) * 0x1p-24f;
}

// cos 2πv and sin 2πv: a device's own may be off by 2⁻¹¹. v is a multiple of 2⁻²⁴, so the nearest quarter turn and the rest,
// at most an eighth turn, are exact; Taylor's series of the rest are good to the last bits.
fn turn(v: vec2<f32>) -> array<vec2<f32>, 2> {
  let quarters = round(4.0 * v);
  let a = 1.5707963267948966 * (4.0 * v - quarters);
  let a2 = a * a;
  let c = 1.0 - a2 / 2.0 * (1.0 - a2 / 12.0 * (1.0 - a2 / 30.0 * (1.0 - a2 / 56.0)));
  let s = a * (1.0 - a2 / 6.0 * (1.0 - a2 / 20.0 * (1.0 - a2 / 42.0 * (1.0 - a2 / 72.0))));
  let q = vec2<u32>(quarters);
  let is_odd = (q & vec2(1u)) == vec2(1u);
  let cosine = select(c, s, is_odd);
  let sine = select(s, c, is_odd);
  return array(
    select(cosine, -cosine, ((q + 1u) & vec2(2u)) == vec2(2u)),
    select(sine, -sine, (q & vec2(2u)) == vec2(2u)),
  );
}

// Box and Muller's transform: a radius and an angle give two normal numbers.
fn normals_of(words: vec4<u32>) -> vec4<f32> {
  let u = uniform_of(words);
  let radius = sqrt(-2.0 * log(1.0 - u.xz)); // 1 − u lies in (0, 1]
  let direction = turn(u.yw);
  return vec4(radius.x * direction[0].x, radius.x * direction[1].x, radius.y * direction[0].y, radius.y * direction[1].y);
}

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
