import { Matrix, pseudoInverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/math/philox-rng';
import { largestEigenpairs } from '../../src/math/symmetric-eigen';
import { centreClasses, scatterOf } from '../../src/methods/collapse/class-statistics';
import {
  biasCheck,
  dualFrameDistance,
  nearestCentreDisagreement,
  selfDuality,
} from '../../src/methods/collapse/classifier-agreement';
import { featureMeasures, frameMeasures } from '../../src/methods/collapse/collapse-measures';
import {
  cosines,
  equiangular,
  equinorm,
  frameDistance,
  maximalAngle,
  simplexFrame,
} from '../../src/methods/collapse/simplex-geometry';
import { unseenOrthogonality } from '../../src/methods/collapse/unseen-orthogonality';
import { cdnv, traceQuotient, withinOverBetween } from '../../src/methods/collapse/variability';
import { fixture, flat, measure, orthogonal, randomSample, statistics } from './collapse-features';

const rng = createRng(7);

/** Largest difference of two sets of measures, relative where they are large. */
function expectSame(a: object, b: object, tolerance: number): void {
  const [left, right] = [flat(a), flat(b)];
  expect(Object.keys(left)).toEqual(Object.keys(right));
  for (const [name, value] of Object.entries(left)) {
    const other = right[name] ?? NaN;
    expect(Math.abs(value - other) / Math.max(1, Math.abs(value)), name).toBeLessThan(tolerance);
  }
}

describe('the fixtures', () => {
  it('are 0 in every measure when collapsed', () => {
    const values = Object.entries(flat(measure(fixture(0))));
    expect(values).toHaveLength(16);
    for (const [name, value] of values) expect(Math.abs(value), name).toBeLessThanOrEqual(1e-15);
  });

  it('tell noise within classes in NC1, the quotient and CDNV alone, as its square', () => {
    for (const [noise, factor] of [
      [0.3, 1],
      [0.6, 4],
    ] as const) {
      const { nc1, nc1Trace, traceQuotient: quotient, cdnv: distance, ...rest } = measure(fixture(noise));
      expect(nc1).toBeCloseTo(0.005625 * factor, 14);
      expect(nc1Trace).toBeCloseTo(4 * 0.005625 * factor, 14);
      expect(quotient).toBeCloseTo(0.01 * factor, 14);
      expect(distance).toBeCloseTo(0.00375 * factor, 14);
      for (const [name, value] of Object.entries(flat(rest)))
        expect(Math.abs(value), name).toBeLessThan(2e-15);
    }
  });

  it('tell swapped rows of the classifier', () => {
    const sample = fixture(0.3);
    const { classifier } = sample;
    const swapped = new Matrix([1, 0, 2, 3].map((row) => classifier.getRow(row)));
    const values = measure({ ...sample, classifier: swapped });
    expect(values.selfDuality).toBeCloseTo(4 / 3, 12);
    expect(values.dualFrameDistance).toBeCloseTo(1.154701, 6);
    expect(values.nc4).toBe(0.5);
    expect(values.classifier.frameDistance).toBeCloseTo(0, 12);
  });

  it('tell an orthogonal frame from a simplex', () => {
    const values = measure({
      features: Matrix.eye(4),
      labels: [0, 1, 2, 3],
      classifier: Matrix.eye(4),
      bias: [0, 0, 0, 0],
    });
    for (const [name, value] of Object.entries(flat(values.means))) expect(value, name).toBeCloseTo(0, 14);
    expect(values.classifier.maximalAngle).toBeCloseTo(1 / 3, 12);
    expect(values.classifier.equiangular).toBe(0);
    expect(values.selfDuality).toBeCloseTo(0.267949, 6);
    expect(values.classifier.frameDistance).toBeCloseTo(0.517638, 6);
    expect(values.biasCheck).toBeCloseTo(0.5, 12);
  });

  it('have the floor of a regular decagon in two dimensions', () => {
    const decagon = new Matrix(
      Array.from({ length: 10 }, (_, k) => [Math.cos((k * Math.PI) / 5), Math.sin((k * Math.PI) / 5)]),
    );
    expect(maximalAngle(decagon)).toBeCloseTo(0.596, 3);
    expect(equiangular(decagon)).toBeCloseTo(0.657, 3);
    expect(equinorm(decagon)).toBeCloseTo(0, 14);
  });
});

describe('the laws', () => {
  const samples = [
    randomSample(rng.fork('balanced'), [5, 5, 5, 5], 7),
    randomSample(rng.fork('imbalanced'), [9, 4, 2], 5),
    randomSample(rng.fork('narrow'), [6, 6, 6, 6, 6, 6], 3),
  ];

  it('rotation of features and classifier changes nothing', () => {
    for (const sample of samples) {
      const rotation = orthogonal(rng.fork('rotation'), sample.features.columns);
      const { features, classifier } = sample;
      const rotated = { features: features.mmul(rotation), classifier: classifier.mmul(rotation) };
      expectSame(measure({ ...sample, ...rotated }), measure(sample), 1e-11);
    }
  });

  it('the scale of the features changes the bias check alone', () => {
    for (const sample of samples) {
      const { biasCheck: before, ...rest } = measure({ ...sample, bias: sample.bias.map(() => 0) });
      const scaled = measure({
        ...sample,
        features: Matrix.mul(sample.features, 37),
        bias: sample.bias.map(() => 0),
      });
      const { biasCheck: after, ...restScaled } = scaled;
      expectSame(restScaled, rest, 1e-11);
      expect(after / before).toBeCloseTo(37, 9);
    }
  });

  it('the scale of the classifier changes neither NC2 nor NC3', () => {
    for (const sample of samples) {
      const { classifier, selfDuality: dual, dualFrameDistance: distance } = measure(sample);
      const scaled = measure({ ...sample, classifier: Matrix.mul(sample.classifier, 0.01) });
      expectSame(scaled.classifier, classifier, 1e-12);
      expectSame([scaled.selfDuality, scaled.dualFrameDistance], [dual, distance], 1e-12);
    }
  });

  it('translation of the features changes nothing that looks at features alone', () => {
    for (const sample of samples) {
      const moved = sample.features.clone().addRowVector(sample.features.getRow(0).map((value) => value + 5));
      const [a, b] = [statistics(sample), statistics({ ...sample, features: moved })];
      expectSame(featureMeasures(b.centred, b.scatter), featureMeasures(a.centred, a.scatter), 1e-10);
    }
  });

  it('NC1, the quotient and CDNV grow with the square of the noise, the means being kept', () => {
    for (const sample of samples) {
      const { centred, scatter } = statistics(sample);
      const features = sample.features.clone();
      for (const [i, c] of sample.labels.entries()) {
        const mean = centred.means.getRowVector(c);
        const away = Matrix.sub(features.getRowVector(i), mean).mul(3);
        features.setRow(i, away.add(mean));
      }
      const louder = statistics({ ...sample, features });
      const [before, after] = [
        featureMeasures(centred, scatter),
        featureMeasures(louder.centred, louder.scatter),
      ];
      for (const name of ['nc1', 'nc1Trace', 'traceQuotient', 'cdnv'] as const)
        expect(after[name] / before[name], name).toBeCloseTo(9, 8);
    }
  });

  it('NC3 is 2 − 2 cos(W, M), from 0 at α M to 4 at its opposite', () => {
    for (const sample of samples) {
      const { centred } = statistics(sample).centred;
      const { classifier } = sample;
      const cosine = Matrix.mul(classifier, centred).sum() / classifier.norm() / centred.norm();
      expect(selfDuality(classifier, centred)).toBeCloseTo(2 - 2 * cosine, 12);
      expect(selfDuality(Matrix.mul(centred, 0.2), centred)).toBeCloseTo(0, 14);
      expect(selfDuality(Matrix.mul(centred, -3), centred)).toBeCloseTo(4, 12);
    }
  });

  it('centred means of equal length have the mean cosine −1/(C−1), whatever their angles', () => {
    // Opposite pairs at a right angle or nearly parallel: centred, of length 1.
    for (const angle of [Math.PI / 2, 0.1]) {
      const [x, y] = [Math.cos(angle), Math.sin(angle)];
      const rows = new Matrix([
        [1, 0],
        [-1, 0],
        [x, y],
        [-x, -y],
      ]);
      expect((cosines(rows).sum() - 4) / 12).toBeCloseTo(-1 / 3, 12);
      expect(equiangular(rows)).toBeGreaterThan(0.4);
      expect(maximalAngle(rows)).toBeGreaterThan(0.4);
    }
  });

  it('collapsed features with b = const − W μ_G are classified by the nearest centre', () => {
    const sample = fixture(0);
    const shift = [4, -2, 1, 7];
    const features = sample.features.clone().addRowVector(shift);
    const bias = sample.classifier
      .mmul(Matrix.columnVector(shift))
      .to1DArray()
      .map((value) => 3 - value);
    const values = measure({ ...sample, features, bias });
    expect(values.nc4).toBe(0);
    expect(values.biasCheck).toBeCloseTo(6, 12); // four constants of 3
    expect(measure({ ...sample, features }).nc4).toBeGreaterThan(0);
  });
});

describe('NC1', () => {
  /** tr(Σ_W Σ_B⁺) from the matrices of the features' width. */
  function direct(
    sample: Parameters<typeof statistics>[0],
    weighting: 'samples' | 'classes',
    threshold: number,
  ) {
    const { centred } = statistics(sample, weighting);
    const { weights, means } = centred;
    const sizes = Array.from(weights, (_, c) => sample.labels.filter((label) => label === c).length);
    const within = Matrix.zeros(means.columns, means.columns);
    for (const [i, c] of sample.labels.entries()) {
      const away = Matrix.sub(sample.features.getRowVector(i), means.getRowVector(c));
      within.add(
        away
          .transpose()
          .mmul(away)
          .mul((weights[c] ?? NaN) / (sizes[c] ?? NaN)),
      );
    }
    const between = centred.centred.transpose().mmul(centred.centred.clone().mulColumnVector(weights));
    return within.mmul(pseudoInverse(between, threshold)).trace();
  }

  it('equals the pseudo-inverse of the features’ width, in both weightings', () => {
    for (const sizes of [
      [5, 5, 5, 5],
      [12, 5, 3, 2],
    ])
      for (const weighting of ['samples', 'classes'] as const) {
        const sample = randomSample(rng.fork(`direct ${sizes.join()}`), sizes, 9);
        const { centred, scatter } = statistics(sample, weighting);
        const { trace, perClass, eigenvalues } = withinOverBetween(centred, scatter);
        expect(trace / direct(sample, weighting, 1e-9)).toBeCloseTo(1, 9);
        expect(perClass).toBe(trace / 4);
        expect(eigenvalues).toHaveLength(3);
      }
  });

  it('inverts all of a width below C − 1', () => {
    const sample = randomSample(rng.fork('narrower'), [4, 4, 4, 4, 4, 4], 3);
    const { centred, scatter } = statistics(sample);
    const { trace, eigenvalues } = withinOverBetween(centred, scatter);
    expect(eigenvalues).toHaveLength(3);
    expect(trace / direct(sample, 'samples', 1e-12)).toBeCloseTo(1, 9);
  });

  it('is not blown up by the noise of float32', () => {
    const sample = randomSample(rng.fork('float32'), [30, 30, 30, 30], 40);
    sample.features.add(50);
    const exact = statistics(sample);
    const inFloat32 = (matrix: Matrix) =>
      Matrix.from1DArray(matrix.rows, matrix.columns, Float32Array.from(matrix.to1DArray()));
    const centred = { ...exact.centred, centred: inFloat32(exact.centred.centred) };
    centred.means = inFloat32(centred.means);
    const scatter = scatterOf(inFloat32(sample.features), sample.labels, centred);
    const { trace } = withinOverBetween(exact.centred, exact.scatter);
    const noisy = withinOverBetween(centred, { projected: inFloat32(scatter.projected) });
    expect(noisy.trace / trace).toBeCloseTo(1, 5);
    // One eigenpair more, which is noise, and it would be.
    const roots = centred.weights.map(Math.sqrt);
    const a = centred.centred.clone().mulColumnVector(roots);
    const [, , , noise] = largestEigenpairs(a.mmul(a.transpose()), 4);
    const u = Matrix.columnVector(noise?.vector ?? []);
    const within = inFloat32(scatter.projected).mulColumnVector(roots).mulRowVector(roots);
    const blown = u.dot(within.mmul(u)) / (noise?.value ?? NaN) ** 2;
    expect(Math.abs(blown)).toBeGreaterThan(1e3 * trace);
  });

  it('is infinite where two means coincide, 0 where nothing varies and NaN where a number is', () => {
    const means = new Matrix([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const centred = centreClasses(means, [1, 1, 1, 1], 'classes');
    const varying = { projected: Matrix.eye(4) };
    expect(withinOverBetween(centred, varying).trace).toBe(Infinity);
    expect(withinOverBetween(centred, { projected: Matrix.zeros(4, 4) }).trace).toBe(0);
    const dead = centreClasses(Matrix.zeros(4, 3), [1, 1, 1, 1], 'classes');
    expect(withinOverBetween(dead, { projected: Matrix.zeros(4, 4) }).trace).toBeNaN();
    const broken = centreClasses(means, [1, 1, 1, 1], 'classes');
    broken.centred.set(0, 0, NaN);
    expect(withinOverBetween(broken, varying).trace).toBeNaN();
    expect(cdnv(means, { variances: Float64Array.of(1, 1, 1, 1) })).toBe(Infinity);
    expect(cdnv(means, { variances: new Float64Array(4) })).toBeNaN();
  });

  it('CDNV is the quotient times (C − 1) / (2 C) on a simplex', () => {
    const { traceQuotient: quotient, cdnv: distance } = measure(fixture(0.5));
    expect(distance).toBeCloseTo((quotient * 3) / 8, 14);
  });

  it('throws for shapes that do not go together', () => {
    const centred = centreClasses(Matrix.eye(3), [1, 1, 1], 'samples');
    expect(() => withinOverBetween(centred, { projected: Matrix.eye(4) })).toThrow(RangeError);
    expect(() => traceQuotient(centred, { variances: new Float64Array(2) })).toThrow(RangeError);
    expect(() => cdnv(Matrix.eye(3), { variances: new Float64Array(2) })).toThrow(RangeError);
  });
});

describe('NC2 and NC3', () => {
  it('take a frame of any size and orientation, and tell C − 1 dimensions from fewer', () => {
    for (const classes of [2, 3, 10, 47]) {
      const frame = simplexFrame(classes);
      const turned = frame.mmul(orthogonal(rng.fork(`turn ${classes}`), classes)).mul(0.1);
      for (const [name, value] of Object.entries(frameMeasures(turned)))
        expect(value, name).toBeLessThan(1e-12);
      expect(dualFrameDistance(turned, turned)).toBeLessThan(1e-12);
    }
  });

  it('deviate with C − 1 in lengths, as torch does, and by the pairs in angles', () => {
    const rows = new Matrix([
      [1, 0],
      [0, 3],
    ]);
    expect(equinorm(rows)).toBeCloseTo(Math.SQRT2 / 2, 14);
    const three = new Matrix([
      [1, 0],
      [0, 1],
      [-1, 0],
    ]);
    expect(equiangular(three)).toBeCloseTo(Math.sqrt(2 / 9), 14); // cosines 0, 0, −1
    expect(maximalAngle(three)).toBeCloseTo(0.5, 14);
  });

  it('have no angles where a class has the vector 0', () => {
    const rows = new Matrix([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(equiangular(rows)).toBeNaN();
    expect(maximalAngle(rows)).toBeNaN();
    expect(frameDistance(rows)).toBeGreaterThan(0.5);
    expect(cosines(rows).get(0, 1)).toBe(0);
  });

  it('throw for shapes that do not go together', () => {
    const [a, b] = [Matrix.eye(3), Matrix.zeros(3, 4)];
    expect(() => selfDuality(a, b)).toThrow(RangeError);
    expect(() => dualFrameDistance(a, b)).toThrow(RangeError);
    expect(() => biasCheck(a, [0, 0], [0, 0, 0])).toThrow(RangeError);
    expect(() => biasCheck(a, [0, 0, 0], [0, 0])).toThrow(RangeError);
  });
});

describe('NC4, NC5 and the bias', () => {
  it('count what does not agree', () => {
    expect(nearestCentreDisagreement(9995, 10_000)).toBe(0.0005);
    for (const [agreed, samples] of [
      [2, 1],
      [-1, 3],
      [0, 0],
      [NaN, 1],
    ] as const)
      expect(() => nearestCentreDisagreement(agreed, samples)).toThrow(RangeError);
  });

  it('is the length of W μ_G + b', () => {
    const w = new Matrix([
      [1, 2],
      [0, -1],
    ]);
    expect(biasCheck(w, [-2, 5], [1, 2])).toBeCloseTo(Math.hypot(3, 3), 14);
  });

  it('is the mean cosine of class means and the unseen mean without centring', () => {
    const means = new Matrix([
      [2, 0, 0],
      [0, 3, 0],
    ]);
    expect(unseenOrthogonality(means, [0, 0, 9])).toBe(0);
    expect(unseenOrthogonality(means, [-5, 0, 0])).toBe(0.5);
    expect(unseenOrthogonality(means, [1, 1, 0])).toBeCloseTo(Math.SQRT1_2, 14);
    expect(unseenOrthogonality(means, [0, 0, 0])).toBeNaN();
    expect(() => unseenOrthogonality(means, [1, 2])).toThrow(RangeError);
  });
});
