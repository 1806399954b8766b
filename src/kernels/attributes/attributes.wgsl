// Which transforms each item gets and which of its attributes are so. flags[i, t] = uniform[i, t] < chances[t];
// targets[i, k] = members[labels[i], k] · (transforms[k] < 4 ? flags[i, transforms[k]] : 1), NaN for a label of no class.
// labels [batch] · uniform [batch, 4] · chances [4] · members [classes, attributes] · transforms [attributes] ·
// flags [batch, 4] · targets [batch, attributes]; one invocation per flag and target.

struct Params {
  batch: u32,
  classes: u32,
  attributes: u32,
}

@group(0) @binding(0) var<storage, read> labels: array<u32>;
@group(0) @binding(1) var<storage, read> uniform_numbers: array<f32>;
@group(0) @binding(2) var<storage, read> chances: array<f32>;
@group(0) @binding(3) var<storage, read> members: array<f32>;
@group(0) @binding(4) var<storage, read> transforms: array<u32>;
@group(0) @binding(5) var<storage, read_write> flags: array<i32>;
@group(0) @binding(6) var<storage, read_write> targets: array<f32>;
@group(0) @binding(7) var<uniform> p: Params;

fn is_on(i: u32, transform: u32) -> bool {
  return uniform_numbers[4u * i + transform] < chances[transform];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index < 4u * p.batch) { flags[index] = select(0, 1, is_on(index / 4u, index % 4u)); }
  if (index >= p.batch * p.attributes) { return; }
  let i = index / p.attributes;
  let k = index % p.attributes;
  let label = labels[i];
  let transform = transforms[k];
  var nan = 0x7fc00000u;
  var target_value = bitcast<f32>(nan);
  if (label < p.classes) {
    target_value = members[label * p.attributes + k];
    if (transform < 4u && !is_on(i, transform)) { target_value = 0.0; }
  }
  targets[index] = target_value;
}
