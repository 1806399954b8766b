// Gradient of token-embedding.wgsl: dpatches[b, i] = dz[b, 1 + i], dposition[t] = Σ_b dz[b, t], dfirst = dposition[0].
// dz [batch, tokens, width] · dpatches [batch, tokens − 1, width] · dfirst [width] · dposition [tokens, width]; one invocation
// per token and feature, which goes through the batch.

struct Params {
  batch: u32,
  tokens: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> dz: array<f32>;
@group(0) @binding(1) var<storage, read_write> dpatches: array<f32>;
@group(0) @binding(2) var<storage, read_write> dfirst: array<f32>;
@group(0) @binding(3) var<storage, read_write> dposition: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let at = id.x + id.y * groups.x * 64u;
  let image = p.tokens * p.width;
  if (at >= image) { return; }
  let isFirst = at < p.width;
  var sum = 0.0;
  for (var b = 0u; b < p.batch; b++) {
    let d = dz[b * image + at];
    sum += d;
    if (!isFirst) { dpatches[b * (image - p.width) + at - p.width] = d; }
  }
  dposition[at] = sum;
  if (isFirst) { dfirst[at] = sum; }
}
