// Self-attention of every head h: y[i] = Σⱼ softmaxⱼ(s[i, j]) v[j] with s[i, j] = q[i]·k[j] · scale, and
// lse[h, i] = log Σⱼ exp(s[i, j]). For heads of any width; one invocation per query and head, which adds up its y in place.
// qkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each [heads, headWidth] · y [batch, tokens, heads · headWidth] ·
// lse [batch, heads, tokens]

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

const lowest = -3.4028234e38;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let row = index / p.tokens; // batch · heads + head
  if (row >= p.batch * p.heads) { return; }
  let query = index % p.tokens;
  let width = p.heads * p.headWidth;
  let head = row % p.heads * p.headWidth;
  let first = row / p.heads * p.tokens * 3u * width + head;
  let q = first + query * 3u * width;
  let into = (row / p.heads * p.tokens + query) * width + head;
  var largest = lowest;
  var sum = 0.0;
  for (var key = 0u; key < p.tokens; key++) {
    let k = first + key * 3u * width + width;
    let v = k + width;
    var score = 0.0;
    for (var c = 0u; c < p.headWidth; c++) { score = fma(qkv[q + c], qkv[k + c], score); }
    score *= p.scale;
    let next = max(largest, score);
    let old = exp(largest - next);
    let weight = exp(score - next);
    largest = next;
    sum = fma(sum, old, weight);
    if (key == 0u) {
      // What lay there before may be NaN, which times 0 stays.
      for (var c = 0u; c < p.headWidth; c++) { y[into + c] = weight * qkv[v + c]; }
    } else {
      for (var c = 0u; c < p.headWidth; c++) { y[into + c] = fma(weight, qkv[v + c], old * y[into + c]); }
    }
  }
  for (var c = 0u; c < p.headWidth; c++) { y[into + c] /= sum; }
  lse[index] = largest + log(sum);
}
