// y[b, t] = Σ rows[b, s] over the slots s with indices[b, s] = t, zeros where there is none.
// rows [batch, k, width] · indices [batch, k], ascending · y [batch, tokens, width]; up to 8 invocations per token, each
// of which searches for the token's slots by halves and takes every 8th element. An index that names no token is left out.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  batch: u32,
  tokens: u32,
  k: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> rows: array<Lanes>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<Lanes>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let across = p.width / lanes;
  let share = min(across, 8u);
  let token = index / share; // counted through the batch
  if (token >= p.batch * p.tokens) { return; }
  let batch = token / p.tokens;
  let wanted = i32(token % p.tokens);
  let start = index % share;
  let end = (batch + 1u) * p.k;
  var first = batch * p.k; // becomes the first slot whose index is not below
  var beyond = end;
  while (first < beyond) {
    let middle = (first + beyond) / 2u;
    if (indices[middle] < wanted) { first = middle + 1u; } else { beyond = middle; }
  }
  let isListed = first < end && indices[first] == wanted;
  for (var i = start; i < across; i += share) {
    var sum = Lanes();
    if (isListed) { sum = rows[first * across + i]; }
    for (var slot = first + 1u; slot < end && indices[slot] == wanted; slot++) {
      sum += rows[slot * across + i];
    }
    y[token * across + i] = sum;
  }
}
