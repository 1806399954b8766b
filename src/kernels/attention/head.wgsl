// One head's numbers of several tokens, in registers: `held` tokens of `fours` vectors each. What lies past them stays zero
// and costs nothing, since both are known when the module is compiled. head-module.ts puts this before the modules that work on
// whole heads.

override fours: u32; // headWidth / 4
override held: u32; // tokens that an invocation keeps

/** One token's numbers of one head, at most 64. */
struct Head {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
  e: vec4<f32>,
  f: vec4<f32>,
  g: vec4<f32>,
  h: vec4<f32>,
  i: vec4<f32>,
  j: vec4<f32>,
  k: vec4<f32>,
  l: vec4<f32>,
  m: vec4<f32>,
  n: vec4<f32>,
  o: vec4<f32>,
  p: vec4<f32>,
}

/** x · y */
fn product(x: Head, y: Head) -> f32 {
  var sum = x.a * y.a;
  if (fours > 1u) { sum = fma(x.b, y.b, sum); }
  if (fours > 2u) { sum = fma(x.c, y.c, sum); }
  if (fours > 3u) { sum = fma(x.d, y.d, sum); }
  if (fours > 4u) { sum = fma(x.e, y.e, sum); }
  if (fours > 5u) { sum = fma(x.f, y.f, sum); }
  if (fours > 6u) { sum = fma(x.g, y.g, sum); }
  if (fours > 7u) { sum = fma(x.h, y.h, sum); }
  if (fours > 8u) { sum = fma(x.i, y.i, sum); }
  if (fours > 9u) { sum = fma(x.j, y.j, sum); }
  if (fours > 10u) { sum = fma(x.k, y.k, sum); }
  if (fours > 11u) { sum = fma(x.l, y.l, sum); }
  if (fours > 12u) { sum = fma(x.m, y.m, sum); }
  if (fours > 13u) { sum = fma(x.n, y.n, sum); }
  if (fours > 14u) { sum = fma(x.o, y.o, sum); }
  if (fours > 15u) { sum = fma(x.p, y.p, sum); }
  return sum.x + sum.y + sum.z + sum.w;
}

/** sum + weight · x */
fn plus(sum: Head, weight: f32, x: Head) -> Head {
  let w = vec4(weight);
  var next: Head;
  next.a = fma(w, x.a, sum.a);
  if (fours > 1u) { next.b = fma(w, x.b, sum.b); }
  if (fours > 2u) { next.c = fma(w, x.c, sum.c); }
  if (fours > 3u) { next.d = fma(w, x.d, sum.d); }
  if (fours > 4u) { next.e = fma(w, x.e, sum.e); }
  if (fours > 5u) { next.f = fma(w, x.f, sum.f); }
  if (fours > 6u) { next.g = fma(w, x.g, sum.g); }
  if (fours > 7u) { next.h = fma(w, x.h, sum.h); }
  if (fours > 8u) { next.i = fma(w, x.i, sum.i); }
  if (fours > 9u) { next.j = fma(w, x.j, sum.j); }
  if (fours > 10u) { next.k = fma(w, x.k, sum.k); }
  if (fours > 11u) { next.l = fma(w, x.l, sum.l); }
  if (fours > 12u) { next.m = fma(w, x.m, sum.m); }
  if (fours > 13u) { next.n = fma(w, x.n, sum.n); }
  if (fours > 14u) { next.o = fma(w, x.o, sum.o); }
  if (fours > 15u) { next.p = fma(w, x.p, sum.p); }
  return next;
}

/** factor · x */
fn times(factor: f32, x: Head) -> Head {
  var next: Head;
  next.a = factor * x.a;
  if (fours > 1u) { next.b = factor * x.b; }
  if (fours > 2u) { next.c = factor * x.c; }
  if (fours > 3u) { next.d = factor * x.d; }
  if (fours > 4u) { next.e = factor * x.e; }
  if (fours > 5u) { next.f = factor * x.f; }
  if (fours > 6u) { next.g = factor * x.g; }
  if (fours > 7u) { next.h = factor * x.h; }
  if (fours > 8u) { next.i = factor * x.i; }
  if (fours > 9u) { next.j = factor * x.j; }
  if (fours > 10u) { next.k = factor * x.k; }
  if (fours > 11u) { next.l = factor * x.l; }
  if (fours > 12u) { next.m = factor * x.m; }
  if (fours > 13u) { next.n = factor * x.n; }
  if (fours > 14u) { next.o = factor * x.o; }
  if (fours > 15u) { next.p = factor * x.p; }
  return next;
}

/** One head of `held` tokens, at most 4; the rest stays zero. Numbers that belong to them come as a vec4. */
struct Heads {
  h0: Head,
  h1: Head,
  h2: Head,
  h3: Head,
}

/** The product of each of x with y. */
fn products(x: Heads, y: Head) -> vec4<f32> {
  var all: vec4<f32>;
  all.x = product(x.h0, y);
  if (held > 1u) { all.y = product(x.h1, y); }
  if (held > 2u) { all.z = product(x.h2, y); }
  if (held > 3u) { all.w = product(x.h3, y); }
  return all;
}

/** sums + weights · x */
fn plusEach(sums: Heads, weights: vec4<f32>, x: Head) -> Heads {
  var next: Heads;
  next.h0 = plus(sums.h0, weights.x, x);
  if (held > 1u) { next.h1 = plus(sums.h1, weights.y, x); }
  if (held > 2u) { next.h2 = plus(sums.h2, weights.z, x); }
  if (held > 3u) { next.h3 = plus(sums.h3, weights.w, x); }
  return next;
}

/** factors · x */
fn timesEach(factors: vec4<f32>, x: Heads) -> Heads {
  var next: Heads;
  next.h0 = times(factors.x, x.h0);
  if (held > 1u) { next.h1 = times(factors.y, x.h1); }
  if (held > 2u) { next.h2 = times(factors.z, x.h2); }
  if (held > 3u) { next.h3 = times(factors.w, x.h3); }
  return next;
}
