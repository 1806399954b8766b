// Adam in place: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − lr (m / c₁) / (√(v / c₂) + ε), with
// c = 1 − βᵗ. Coupled decay adds λθ to g; decoupled decay (AdamW) first shrinks θ by lr λ.
// gradient, parameter, m, v [size] · settings [lr, β₁, β₂, ε, λ, c₁, c₂].

struct Params {
  size: u32,
  decay: u32, // 0 none, 1 coupled, 2 decoupled
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> settings: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size) { return; }
  let rate = settings[0];
  let beta1 = settings[1];
  let beta2 = settings[2];
  let lambda = settings[4];
  var theta = parameter[index];
  var g = gradient[index];
  if (p.decay == 1u) { g += lambda * theta; }
  if (p.decay == 2u) { theta -= rate * lambda * theta; }
  let mean = beta1 * m[index] + (1.0 - beta1) * g;
  let square = beta2 * v[index] + (1.0 - beta2) * g * g;
  m[index] = mean;
  v[index] = square;
  parameter[index] = theta - rate * (mean / settings[5]) / (sqrt(square / settings[6]) + settings[3]);
}
