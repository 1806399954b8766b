import { labEngine } from '../lab-engine';

export default labEngine('captured', 'Seedlab: our kernels on WebGPU, the step captured and replayed');
