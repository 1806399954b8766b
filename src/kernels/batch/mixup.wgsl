// mixed[i] = λ[i] x[i] + (1 − λ[i]) x[partners[i]], and the same for labels as rows with a one at the label.
// x, mixed [batch, size] · labels, partners, λ [batch] · targets [batch, classes]; one invocation per number written.

struct Params {
  batch: u32,
  size: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> partners: array<u32>;
@group(0) @binding(3) var<storage, read> lambda: array<f32>;
@group(0) @binding(4) var<storage, read_write> mixed: array<f32>;
@group(0) @binding(5) var<storage, read_write> targets: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index < p.batch * p.size) {
    let i = index / p.size;
    let other = x[partners[i] * p.size + index % p.size];
    mixed[index] = lambda[i] * x[index] + (1.0 - lambda[i]) * other;
  }
  if (index < p.batch * p.classes) {
    let i = index / p.classes;
    let class_index = i32(index % p.classes);
    let own = select(0.0, lambda[i], labels[i] == class_index);
    targets[index] = own + select(0.0, 1.0 - lambda[i], labels[partners[i]] == class_index);
  }
}
