// Gradient descent with momentum, in place: g ← gradient + λθ where it decays, b ← μ b + g,
// θ ← θ − lr b, or with Nesterov's look-ahead θ ← θ − lr (g + μ b).
// gradient, parameter, momentum [size] · settings [lr, μ, λ].

struct Params {
  size: u32,
  decays: u32, // 1: weight decay acts
  nesterov: u32, // 1: look ahead
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> settings: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(3) var<storage, read_write> momentum: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size) { return; }
  let mu = settings[1];
  let theta = parameter[index];
  var g = gradient[index];
  if (p.decays == 1u) { g += settings[2] * theta; }
  let b = mu * momentum[index] + g;
  momentum[index] = b;
  parameter[index] = theta - settings[0] * select(b, g + mu * b, p.nesterov == 1u);
}
