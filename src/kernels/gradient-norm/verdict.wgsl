// What the gradients' squares mean for the update: norm = √Σ squares, factor = min(1, clip / (norm + 10⁻⁶)) or 1 when clip
// is 0, and which tensor, counted from 1, is the first up to which the squares do not add up to a finite number; 0: none.
// settings [count]: clip, then what the update reads · ranges [tensors + 1]: where each tensor's sums begin in gathered ·
// gathered: head [1 to proceed or 0 to skip, factor, settings[1], settings[2], …], gradients, sums · norm, culprit [1].
// One workgroup: invocation t adds up the sums of tensor t, t + 64, …, the first one adds up the tensors, all in order.

struct Params {
  tensors: u32,
  settings: u32,
}

@group(0) @binding(0) var<storage, read> settings: array<f32>;
@group(0) @binding(1) var<storage, read> ranges: array<i32>;
@group(0) @binding(2) var<storage, read_write> gathered: array<f32>;
@group(0) @binding(3) var<storage, read_write> norm: array<f32>;
@group(0) @binding(4) var<storage, read_write> culprit: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

var<workgroup> squares: array<f32, 64>;

fn isFinite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  var finite = 0u; // tensors before the total stops being finite, which it never is again
  for (var base = 0u; base < p.tensors; base += 64u) {
    let tensor = base + lane;
    if (tensor < p.tensors) {
      let end = u32(ranges[tensor + 1u]);
      var sum = 0.0;
      for (var i = u32(ranges[tensor]); i < end; i++) { sum += gathered[i]; }
      squares[lane] = sum;
    }
    workgroupBarrier();
    if (lane == 0u) {
      for (var i = 0u; i < min(64u, p.tensors - base); i++) {
        total += squares[i];
        finite += select(0u, 1u, isFinite(total));
      }
    }
    workgroupBarrier();
  }
  if (lane > 0u) {
    if (lane < p.settings) { gathered[lane + 1u] = settings[lane]; }
    return;
  }
  let isGood = finite == p.tensors;
  let length = sqrt(total);
  let clip = settings[0];
  var factor = 1.0;
  if (clip > 0.0) { factor = min(1.0, clip / (length + 1e-6)); }
  gathered[0] = select(0.0, 1.0, isGood);
  gathered[1] = factor;
  norm[0] = length;
  culprit[0] = select(f32(finite + 1u), 0.0, isGood);
}
