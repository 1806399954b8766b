// Gradient of self-attention, with the weights w[i, j] = exp(s[i, j] − lse[i]) computed again, s[i, j] = q[i]·k[j] · scale,
// and the gradients of the scores ds[i, j] = w[i, j] (dy[i]·v[j] − delta[i]) · scale:
// dq[i] = Σⱼ ds[i, j] k[j],  dk[j] = Σᵢ ds[i, j] q[i],  dv[j] = Σᵢ w[i, j] dy[i].
// The body of a module of head-module.ts: headWidth is divisible by 4 and at most 64.
// dy [batch, tokens, heads · headWidth] · qkv, dqkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each
// [heads, headWidth] · lse, delta [batch, heads, tokens]
//
// A workgroup of the first layer takes 64 queries of one head, one per invocation, and brings the keys and values into shared
// memory, 16 tokens at a time, for dq; one of the second layer takes 64 keys and brings the queries and dy, for dk and dv.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> p: Params;

const tile = 16u; // tokens in shared memory

var<workgroup> left: array<vec4<f32>, tile * fours>; // keys, or queries
var<workgroup> right: array<vec4<f32>, tile * fours>; // values, or dy

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
  let own = index % blocks * 64u + local;
  let last = p.tokens - 1u;
  let token = min(own, last);
  let width = p.heads * fours;
  let step = 3u * width; // from one token to the next in qkv
  let head = row % p.heads * fours;
  let first = row / p.heads * p.tokens * step + head;
  let firstDy = row / p.heads * p.tokens * width + head;
  if (group.z == 0u) {
    let q = loadQkv(first + token * step);
    let d = loadDy(firstDy + token * width);
    let log = lse[row * p.tokens + token];
    let offset = delta[row * p.tokens + token];
    var dq = Head();
    for (var start = 0u; start < p.tokens; start += tile) {
      workgroupBarrier();
      for (var i = local; i < tile * fours; i += 64u) {
        let at = first + width + min(start + i / fours, last) * step + i % fours;
        left[i] = qkv[at];
        right[i] = qkv[at + width];
      }
      workgroupBarrier();
      for (var i = 0u; i < min(tile, p.tokens - start); i++) {
        let k = loadLeft(i * fours);
        let weight = exp(p.scale * product(q, k) - log);
        dq = plus(dq, p.scale * weight * (product(d, loadRight(i * fours)) - offset), k);
      }
    }
    if (own < p.tokens) { storeDqkv(dq, first + own * step); }
  } else {
    let k = loadQkv(first + width + token * step);
    let v = loadQkv(first + 2u * width + token * step);
    var dk = Head();
    var dv = Head();
    for (var start = 0u; start < p.tokens; start += tile) {
      workgroupBarrier();
      for (var i = local; i < tile * fours; i += 64u) {
        let query = min(start + i / fours, last);
        left[i] = qkv[first + query * step + i % fours];
        right[i] = dy[firstDy + query * width + i % fours];
      }
      workgroupBarrier();
      for (var i = 0u; i < min(tile, p.tokens - start); i++) {
        let at = row * p.tokens + start + i;
        let q = loadLeft(i * fours);
        let d = loadRight(i * fours);
        let weight = exp(p.scale * product(k, q) - lse[at]);
        dk = plus(dk, p.scale * weight * (product(v, d) - delta[at]), q);
        dv = plus(dv, weight, d);
      }
    }
    if (own < p.tokens) {
      storeDqkv(dk, first + width + own * step);
      storeDqkv(dv, first + 2u * width + own * step);
    }
  }
}
