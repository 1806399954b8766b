// Gradient of y = x Φ(x): dx = dy (Φ(x) + x φ(x)), φ(x) = exp(−x² / 2) / √(2π). dy, x, dx [size].

struct Params {
  size: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size) { return; }
  let value = x[index];
  // erf(x / √2) by Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7; its exponential serves the density as well.
  let e = exp(-0.5 * value * value);
  let t = 1.0 / (1.0 + 0.3275911 * 0.7071067811865476 * abs(value));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let erf = sign(value) * (1.0 - series * e);
  dx[index] = dy[index] * (0.5 * (1.0 + erf) + value * 0.3989422804014327 * e);
}
