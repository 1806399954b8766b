// Adam in place: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − lr (m / c₁) / (√(v / c₂) + ε), with
// c = 1 − βᵗ and g the gradient times the clip factor. Coupled decay adds λθ to g; decoupled decay (AdamW) first shrinks θ
// by lr λ. gathered [proceed, factor, lr, β₁, β₂, ε, λ, c₁, c₂, …; from 16 on the gradients] · moments [2, total]: m, v ·
// parameter [size] each. A template: see `moduleFor` in tensor-groups.ts.

struct Params {
  total: u32,
  // for each tensor #
  first#: u32, // its blocks of 64 elements are those from `first` up to before `last`
  last#: u32,
  size#: u32,
  offset#: u32, // in the moments
  decay#: u32, // 0 none, 1 coupled, 2 decoupled
  // end
}

@group(0) @binding(_) var<storage, read> gathered: array<f32>;
@group(0) @binding(_) var<storage, read_write> moments: array<f32>;
// for each tensor #
@group(0) @binding(_) var<storage, read_write> parameter#: array<f32>;
// end
@group(0) @binding(_) var<uniform> p: Params;

override blocks: u32; // that a workgroup does one after the other

struct Settings {
  factor: f32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  lambda: f32,
  c1: f32,
  c2: f32,
}

fn stepped(s: Settings, before: f32, at: u32, decay: u32) -> f32 {
  var theta = before;
  var g = s.factor * gathered[16u + at];
  if (decay == 1u) { g += s.lambda * theta; }
  if (decay == 2u) { theta -= s.rate * s.lambda * theta; }
  let mean = s.beta1 * moments[at] + (1.0 - s.beta1) * g;
  let square = s.beta2 * moments[p.total + at] + (1.0 - s.beta2) * g * g;
  moments[at] = mean;
  moments[p.total + at] = square;
  return theta - s.rate * (mean / s.c1) / (sqrt(square / s.c2) + s.epsilon);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  if (gathered[0] == 0.0) { return; }
  let s = Settings(
    gathered[1], gathered[2], gathered[3], gathered[4], gathered[5], gathered[6], gathered[7], gathered[8],
  );
  let begin = (id.x + id.y * groups.x) * blocks;
  // for each tensor #
  for (var block = max(begin, p.first#); block < min(begin + blocks, p.last#); block++) {
    let i = (block - p.first#) * 64u + lane;
    if (i < p.size#) { parameter#[i] = stepped(s, parameter#[i], p.offset# + i, p.decay#); }
  }
  // end
}
