// Gradient of self-attention, with the weights w[i, j] = exp(s[i, j] − lse[i]) computed again, s[i, j] = q[i]·k[j] · scale,
// and the gradients of the scores ds[i, j] = w[i, j] (dy[i]·v[j] − delta[i]) · scale:
// dq[i] = Σⱼ ds[i, j] k[j],  dk[j] = Σᵢ ds[i, j] q[i],  dv[j] = Σᵢ w[i, j] dy[i].
// For heads of any width; one invocation per query and head for dq, then one per key and head for dk and dv, each of which
// adds up its numbers in place.
// dy [batch, tokens, heads · headWidth] · qkv, dqkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each
// [heads, headWidth] · lse, delta [batch, heads, tokens]

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

struct Pair {
  weight: f32,
  gradient: f32, // of the score
}

/** w[i, j] and ds[i, j], from where q[i], k[j] and dy[i] start. */
fn pair(query: u32, q: u32, k: u32, d: u32) -> Pair {
  let v = k + p.heads * p.headWidth;
  var score = 0.0;
  var change = 0.0;
  for (var c = 0u; c < p.headWidth; c++) {
    score = fma(qkv[q + c], qkv[k + c], score);
    change = fma(dy[d + c], qkv[v + c], change);
  }
  let weight = exp(score * p.scale - lse[query]);
  return Pair(weight, weight * (change - delta[query]) * p.scale);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let rows = p.batch * p.heads;
  let row = index / p.tokens % rows; // batch · heads + head
  if (index >= 2u * rows * p.tokens) { return; }
  let token = index % p.tokens;
  let width = p.heads * p.headWidth;
  let head = row % p.heads * p.headWidth;
  let image = row / p.heads * p.tokens;
  let queries = row * p.tokens;
  let mine = (image + token) * 3u * width + head;
  if (index < rows * p.tokens) {
    for (var c = 0u; c < p.headWidth; c++) { dqkv[mine + c] = 0.0; }
    for (var key = 0u; key < p.tokens; key++) {
      let k = (image + key) * 3u * width + head + width;
      let ds = pair(queries + token, mine, k, (image + token) * width + head).gradient;
      for (var c = 0u; c < p.headWidth; c++) { dqkv[mine + c] = fma(ds, qkv[k + c], dqkv[mine + c]); }
    }
    return;
  }
  let dk = mine + width;
  let dv = dk + width;
  for (var c = 0u; c < p.headWidth; c++) {
    dqkv[dk + c] = 0.0;
    dqkv[dv + c] = 0.0;
  }
  for (var query = 0u; query < p.tokens; query++) {
    let q = (image + query) * 3u * width + head;
    let d = (image + query) * width + head;
    let both = pair(queries + query, q, dk, d);
    for (var c = 0u; c < p.headWidth; c++) {
      dqkv[dk + c] = fma(both.gradient, qkv[q + c], dqkv[dk + c]);
      dqkv[dv + c] = fma(both.weight, dy[d + c], dqkv[dv + c]);
    }
  }
}
