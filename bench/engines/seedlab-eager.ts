import { labEngine } from '../lab-engine';

export default labEngine('eager', 'Seedlab: our kernels on WebGPU, every step traced anew by tfjs');
