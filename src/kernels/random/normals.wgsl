// Uniform and standard normal numbers from the words of a generator, as src/math/philox-stream.ts has them.

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
