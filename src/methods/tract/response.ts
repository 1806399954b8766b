import { solveInFloat64 } from '../../kernels/tract-solve/solve-in-float64';

/** What a first layer z = x W is given for some images, and what the loss wants of it. */
export interface LayerSample {
  /** Inputs `[images, rows, inputs]`. */
  x: Float32Array;
  /** Gradients of each image's own loss with respect to z, `[images, rows, outputs]`. */
  dz: Float32Array;
  images: number;
  /** Rows of one image: patches, or positions of a convolution. */
  rows: number;
}

/** Sizes of pre-activation changes per unit of learning rate under plain SGD, root mean square over an image: `[images]`. */
export interface Responses {
  /** What a step on the pre-activations themselves asks for: rows · dz. */
  asked: Float32Array;
  /** What they get from the plain gradient, trained on this image alone: x xᵀ dz. */
  vanilla: Float32Array;
  /** What they get from TrAct, trained on this image alone: x (xᵀx / rows + λI)⁻¹ xᵀ dz. */
  tract: Float32Array;
}

/**
 * How much an image's own pre-activations change when it alone is trained on. For the plain gradient that grows with the
 * square of the image's contrast; for TrAct it does not depend on it, as long as λ is small beside the variance of the inputs
 * (Petersen et al., NeurIPS 2024, section 3). In float64.
 */
export function responses({ x, dz, images, rows }: LayerSample, lambda: number): Responses {
  const [inputs, outputs] = [x.length / (images * rows), dz.length / (images * rows)];
  const result: Responses = {
    asked: new Float32Array(images),
    vanilla: new Float32Array(images),
    tract: new Float32Array(images),
  };
  for (let image = 0; image < images; image++) {
    const xi = x.subarray(image * rows * inputs, (image + 1) * rows * inputs);
    const dzi = dz.subarray(image * rows * outputs, (image + 1) * rows * outputs);
    const settings = { scale: 1 / rows, lambda };
    let g: Float64Array; // [inputs, outputs]
    const gradient = transposedProduct(xi, dzi, rows);
    if (rows >= inputs) g = solveInFloat64(transposedProduct(xi, xi, rows), settings, gradient, inputs);
    else {
      const between = product(xi, transposed(xi, rows), inputs); // x xᵀ
      g = transposedProduct(xi, solveInFloat64(between, settings, dzi, rows), rows);
    }
    result.asked[image] = rows * rootMeanSquare(dzi);
    result.vanilla[image] = rootMeanSquare(product(xi, gradient, inputs));
    result.tract[image] = rootMeanSquare(product(xi, g, inputs));
  }
  return result;
}

type Numbers = ArrayLike<number>;

/** A B for A `[…, inner]` and B `[inner, …]`. */
function product(a: Numbers, b: Numbers, inner: number): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < inner; k++) {
      const factor = a[row * inner + k] ?? NaN;
      for (let column = 0; column < columns; column++)
        result[row * columns + column] =
          (result[row * columns + column] ?? NaN) + factor * (b[k * columns + column] ?? NaN);
    }
  return result;
}

/** Aᵀ B for A and B of `rows` rows. */
const transposedProduct = (a: Numbers, b: Numbers, rows: number): Float64Array =>
  product(transposed(a, rows), b, rows);

function transposed(a: Numbers, rows: number): Float64Array {
  const columns = a.length / rows;
  const result = new Float64Array(a.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = a[row * columns + column] ?? NaN;
  return result;
}

function rootMeanSquare(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? NaN) ** 2;
  return Math.sqrt(sum / values.length);
}
