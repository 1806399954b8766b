import { ShaderError } from './device-error';

/** A compute shader of ours and how it is bound: inputs read-only, then outputs, then the uniform `Params`. */
export interface ProgramSource {
  /** Unique: also the label in GPU tools and the name in errors. */
  name: string;
  /** A complete module with an entry point `main`. */
  wgsl: string;
  inputs: number;
  outputs: number;
  /** Values of the module's `override` constants. */
  constants?: Readonly<Record<string, number>>;
}

export interface Program {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/**
 * Compiled programs of one device. Compilation is checked in the background: kernels run synchronously, the verdict comes
 * later, so whoever reads a result waits for `settled` first and never sees the zeros a refused shader leaves behind.
 */
export class Programs {
  private readonly compiled = new Map<string, Program>();
  private readonly prepared = new Map<string, Promise<string | null>>();
  private pending = new Set<Promise<void>>();
  private failure: Error | null = null;

  constructor(
    private readonly device: GPUDevice,
    private readonly report: (error: Error) => void,
  ) {}

  /** The program of a source, compiled at first use. */
  get(source: ProgramSource): Program {
    const key = keyOf(source);
    let program = this.compiled.get(key);
    if (!program) this.compiled.set(key, (program = this.compile(source)));
    return program;
  }

  /**
   * Compiles a source that may be done without, beside whatever else is compiled.
   * @returns what is wrong with it, or null when `get` has it ready
   */
  prepare(source: ProgramSource): Promise<string | null> {
    const key = keyOf(source);
    let verdict = this.prepared.get(key);
    if (!verdict) this.prepared.set(key, (verdict = this.tryCompiling(source)));
    return verdict;
  }

  private async tryCompiling(source: ProgramSource): Promise<string | null> {
    if (this.compiled.has(keyOf(source))) return null;
    const { device } = this;
    device.pushErrorScope('validation');
    const { layout, module, descriptor } = this.describe(source);
    const compiling = device.createComputePipelineAsync(descriptor).then(
      (pipeline) => ({ pipeline }),
      (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
    );
    const [refused, result] = await Promise.all([device.popErrorScope(), compiling]);
    if (refused === null && 'pipeline' in result) {
      if (!this.compiled.has(keyOf(source))) this.compiled.set(keyOf(source), { ...result, layout });
      return null;
    }
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    if (first) return `line ${first.lineNum}: ${first.message}`;
    return refused?.message ?? ('problem' in result ? result.problem : 'the pipeline was refused');
  }

  /**
   * Resolves when every program asked for so far is known to be good.
   * @throws ShaderError naming the kernel and the line.
   */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
    if (this.failure) throw this.failure;
  }

  private compile(source: ProgramSource): Program {
    const { device } = this;
    device.pushErrorScope('validation');
    const { layout, module, descriptor } = this.describe(source);
    const pipeline = device.createComputePipeline(descriptor);
    const verdict = this.verdict(source.name, module, device.popErrorScope());
    this.pending.add(verdict);
    void verdict.finally(() => this.pending.delete(verdict));
    return { pipeline, layout };
  }

  private describe({ name, wgsl, inputs, outputs, constants }: ProgramSource) {
    const { device } = this;
    const types: GPUBufferBindingType[] = [
      ...Array<GPUBufferBindingType>(inputs).fill('read-only-storage'),
      ...Array<GPUBufferBindingType>(outputs).fill('storage'),
      'uniform',
    ];
    // Built from the declaration: `layout: 'auto'` would drop bindings that the module does not use.
    const layout = device.createBindGroupLayout({
      label: name,
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    });
    const module = device.createShaderModule({ label: name, code: wgsl });
    const descriptor: GPUComputePipelineDescriptor = {
      label: name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main', ...(constants ? { constants } : {}) },
    };
    return { layout, module, descriptor };
  }

  private async verdict(
    name: string,
    module: GPUShaderModule,
    scope: Promise<GPUError | null>,
  ): Promise<void> {
    try {
      const error = await scope;
      if (!error) return;
      const { messages } = await module.getCompilationInfo();
      const first = messages.find(({ type }) => type === 'error');
      this.fail(new ShaderError(name, first?.lineNum ?? 0, first?.message ?? error.message));
    } catch {
      // The device went away while compiling: its loss is reported where the device is watched.
    }
  }

  private fail(error: ShaderError): void {
    this.failure ??= error;
    this.report(error);
  }
}

const keyOf = ({ name, constants }: ProgramSource): string =>
  constants ? `${name} ${JSON.stringify(constants)}` : name;
