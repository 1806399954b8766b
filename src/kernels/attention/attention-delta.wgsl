// What the softmax takes off every score's gradient: delta[h, i] = y[i]·dy[i] over head h.
// y, dy [batch, tokens, heads · headWidth] · delta [batch, heads, tokens]; one invocation per delta.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // Numbered as y lies in memory, so that neighbours read neighbours.
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.batch * p.tokens * p.heads) { return; }
  let head = index % p.heads;
  let token = index / p.heads % p.tokens;
  let image = index / p.heads / p.tokens;
  let first = index * p.headWidth;
  var sum = 0.0;
  for (var c = first; c < first + p.headWidth; c++) { sum = fma(y[c], dy[c], sum); }
  delta[(image * p.heads + head) * p.tokens + token] = sum;
}
