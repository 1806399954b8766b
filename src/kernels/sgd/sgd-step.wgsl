// Gradient descent with momentum, in place: g ← factor · gradient + λθ where it decays, b ← μ b + g,
// θ ← θ − lr b, or with Nesterov's look-ahead θ ← θ − lr (g + μ b).
// gathered [proceed, factor, lr, μ, λ, nesterov, …; from 16 on the gradients] · momentum [total]: b · parameter [size] each.
// A template: see `moduleFor` in tensor-groups.ts.

struct Params {
  // for each tensor #
  first#: u32, // its blocks of 64 elements are those from `first` up to before `last`
  last#: u32,
  size#: u32,
  offset#: u32, // in the momentum
  decays#: u32, // 1: weight decay acts
  // end
}

@group(0) @binding(_) var<storage, read> gathered: array<f32>;
@group(0) @binding(_) var<storage, read_write> momentum: array<f32>;
// for each tensor #
@group(0) @binding(_) var<storage, read_write> parameter#: array<f32>;
// end
@group(0) @binding(_) var<uniform> p: Params;

override blocks: u32; // that a workgroup does one after the other

struct Settings {
  factor: f32,
  rate: f32,
  mu: f32,
  lambda: f32,
  nesterov: f32,
}

fn stepped(s: Settings, theta: f32, at: u32, decays: u32) -> f32 {
  var g = s.factor * gathered[16u + at];
  if (decays == 1u) { g += s.lambda * theta; }
  let b = s.mu * momentum[at] + g;
  momentum[at] = b;
  return theta - s.rate * select(b, g + s.mu * b, s.nesterov != 0.0);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  if (gathered[0] == 0.0) { return; }
  let s = Settings(gathered[1], gathered[2], gathered[3], gathered[4], gathered[5]);
  let begin = (id.x + id.y * groups.x) * blocks;
  // for each tensor #
  for (var block = max(begin, p.first#); block < min(begin + blocks, p.last#); block++) {
    let i = (block - p.first#) * 64u + lane;
    if (i < p.size#) { parameter#[i] = stepped(s, parameter#[i], p.offset# + i, p.decays#); }
  }
  // end
}
