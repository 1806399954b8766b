// Self-attention of every head h: y[i] = Σⱼ softmaxⱼ(s[i, j]) v[j] with s[i, j] = q[i]·k[j] · scale, and
// lse[h, i] = log Σⱼ exp(s[i, j]). The body of a module of head-module.ts: headWidth is divisible by 4 and at most 64.
// qkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each [heads, headWidth] · y [batch, tokens, heads · headWidth] ·
// lse [batch, heads, tokens]
//
// A workgroup takes 64 queries of one head, one per invocation, and brings the keys and values into shared memory, 16 tokens
// at a time, as in Dao et al., "FlashAttention" (2022); the largest score so far is subtracted.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

const lowest = -3.4028234e38;
const tile = 16u; // tokens in shared memory

var<workgroup> keys: array<vec4<f32>, tile * fours>;
var<workgroup> values: array<vec4<f32>, tile * fours>;

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let index = group.x + group.y * groups.x;
  let blocks = (p.tokens + 63u) / 64u;
  let row = index / blocks; // batch · heads + head
  if (row >= p.batch * p.heads) { return; }
  let query = index % blocks * 64u + local;
  let width = p.heads * fours;
  let step = 3u * width; // from one token to the next
  let last = p.tokens - 1u;
  let first = row / p.heads * p.tokens * step + row % p.heads * fours;
  let q = loadQkv(first + min(query, last) * step);
  var largest = lowest;
  var weight = 0.0;
  var sum = Head();
  for (var start = 0u; start < p.tokens; start += tile) {
    workgroupBarrier();
    for (var i = local; i < tile * fours; i += 64u) {
      let at = first + width + min(start + i / fours, last) * step + i % fours;
      keys[i] = qkv[at];
      values[i] = qkv[at + width];
    }
    workgroupBarrier();
    for (var i = 0u; i < min(tile, p.tokens - start); i++) {
      let s = p.scale * product(q, loadKeys(i * fours));
      let next = max(largest, s);
      let old = exp(largest - next);
      let fresh = exp(s - next);
      largest = next;
      weight = fma(weight, old, fresh);
      sum = plus(times(old, sum), fresh, loadValues(i * fours));
    }
  }
  if (query > last) { return; }
  storeY(times(1.0 / weight, sum), (row / p.heads * p.tokens + query) * width + row % p.heads * fours);
  lse[row * p.tokens + query] = largest + log(weight);
}
