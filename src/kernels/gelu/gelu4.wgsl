// y = x Φ(x), Φ the normal distribution function: Φ(x) = ½ (1 + erf(x / √2)). x, y [size], size divisible by 4 and read in fours.

struct Params {
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

// Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7: WGSL has no erf.
fn erf(x: vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - series * exp(-x * x));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size / 4u) { return; }
  let value = x[index];
  y[index] = 0.5 * value * (1.0 + erf(value * 0.7071067811865476));
}
