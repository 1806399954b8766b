// The k tokens with the largest scores, ties to the lower index: indices[b] lists them in ascending order.
// scores [batch, tokens], read as bits · indices [batch, k]; one workgroup per row, its keys in shared memory. A token's
// rank is the number of tokens before it in order; its place is the number of chosen tokens to its left.

struct Params {
  batch: u32,
  tokens: u32, // at most 1024
  k: u32,
  alwaysFirst: u32, // 1: token 0 takes one of the k places, whatever its score
}

@group(0) @binding(0) var<storage, read> scores: array<u32>;
@group(0) @binding(1) var<storage, read_write> indices: array<i32>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> keys: array<u32, 1024>;
var<workgroup> chosen: array<u32, 1024>;

/** Ordered like the scores; −0 equals 0, NaN is above infinity. */
fn keyOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let row = group.x + group.y * groups.x;
  let isRow = row < p.batch;
  let first = min(row, p.batch - 1u) * p.tokens;
  for (var token = local.x; token < p.tokens; token += 128u) {
    keys[token] = select(keyOf(scores[first + token]), 0xffffffffu, p.alwaysFirst == 1u && token == 0u);
  }
  workgroupBarrier();
  for (var token = local.x; token < p.tokens; token += 128u) {
    let key = keys[token];
    var rank = 0u;
    for (var other = 0u; other < token; other++) { rank += u32(keys[other] >= key); }
    for (var other = token + 1u; other < p.tokens; other++) { rank += u32(keys[other] > key); }
    chosen[token] = u32(rank < p.k);
  }
  workgroupBarrier();
  for (var token = local.x; token < p.tokens; token += 128u) {
    if (chosen[token] == 0u || !isRow) { continue; }
    var place = row * p.k;
    for (var other = 0u; other < token; other++) { place += chosen[other]; }
    indices[place] = i32(token);
  }
}
