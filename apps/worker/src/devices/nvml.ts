import * as koffi from 'koffi';

/** What a device says of itself; what it does not tell, as much of a MIG device, is absent. */
export interface DeviceReading {
  /** As CUDA counts with CUDA_DEVICE_ORDER=PCI_BUS_ID. */
  readonly index: number;
  /** Such as `NVIDIA H100 80GB HBM3`. */
  readonly model: string;
  /** Share of the last sample period in which a kernel ran, 0 to 1. */
  readonly utilisation?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
  readonly powerWatts?: number;
  readonly temperatureCelsius?: number;
}

/** NVML says that something is wrong with it, or with a device. */
export class NvmlError extends Error {
  override readonly name = 'NvmlError';
  constructor(
    what: string,
    readonly code: number,
  ) {
    super(`${what} answers ${String(code)} (${CODES[code] ?? 'see nvmlReturn_t'})`);
  }
}

/** Values of nvmlReturn_t that mean something to us. */
const SUCCESS = 0;
const UNINITIALIZED = 1;
const NOT_SUPPORTED = 3;
const NO_PERMISSION = 4;
const CODES: Readonly<Record<number, string>> = {
  [UNINITIALIZED]: 'not initialised',
  [NOT_SUPPORTED]: 'not supported',
  [NO_PERMISSION]: 'no permission',
  9: 'the driver is not loaded',
  12: 'library not found',
  15: 'the GPU is lost',
  16: 'the GPU needs a reset',
  999: 'unknown error',
};
const TEMPERATURE_OF_THE_CHIP = 0;
const NAME_LENGTH = 96;

type Handle = unknown;
type Parameter = string | ReturnType<typeof koffi.out>;
type Call = (...args: unknown[]) => Promise<number>;

/**
 * NVIDIA's management library, loaded at run time. Its calls run beside this thread: one that hangs, as with a device that
 * fell off the bus, keeps nothing from going on.
 */
export class Nvml {
  private readonly library: koffi.LibraryHandle;
  private readonly calls;
  private isInitialised = false;

  /** @throws Error where there is no such library, or it is another one */
  constructor(path: string) {
    const library = koffi.load(path);
    const uint = koffi.out(koffi.pointer('uint'));
    const handle = 'void *';
    const memory = koffi.struct({ total: 'uint64', free: 'uint64', used: 'uint64' });
    const rates = koffi.struct({ gpu: 'uint', memory: 'uint' });
    const call = (name: string, ...parameters: Parameter[]): Call => {
      const found = library.func(name, 'int', parameters);
      return (...args) =>
        new Promise((resolve, reject) => {
          found.async(...args, (error: Error | null, code: number) => {
            if (error) reject(error);
            else resolve(code);
          });
        });
    };
    this.library = library;
    this.calls = {
      init: call('nvmlInit_v2'),
      shutdown: call('nvmlShutdown'),
      count: call('nvmlDeviceGetCount_v2', uint),
      handle: call('nvmlDeviceGetHandleByIndex_v2', 'uint', koffi.out(koffi.pointer(handle))),
      name: call('nvmlDeviceGetName', handle, koffi.out(koffi.pointer('char')), 'uint'),
      utilisation: call('nvmlDeviceGetUtilizationRates', handle, koffi.out(koffi.pointer(rates))),
      memory: call('nvmlDeviceGetMemoryInfo', handle, koffi.out(koffi.pointer(memory))),
      power: call('nvmlDeviceGetPowerUsage', handle, uint),
      temperature: call('nvmlDeviceGetTemperature', handle, 'uint', uint),
    };
  }

  /**
   * All devices that answer.
   *
   * @param onLost told of those that do not, and why
   * @throws NvmlError where the driver does not answer; it may later
   */
  async read(onLost: (index: number, error: NvmlError) => void): Promise<DeviceReading[]> {
    if (!this.isInitialised) demand('nvmlInit', await this.calls.init());
    this.isInitialised = true;
    const count = [0];
    const code = await this.calls.count(count);
    // The driver was loaded anew.
    if (code === UNINITIALIZED) this.isInitialised = false;
    demand('nvmlDeviceGetCount', code);
    const readings: DeviceReading[] = [];
    for (let index = 0; index < (count[0] ?? 0); index++)
      try {
        readings.push(await this.readDevice(index));
      } catch (error) {
        if (!(error instanceof NvmlError)) throw error;
        onLost(index, error);
      }
    return readings;
  }

  async close(): Promise<void> {
    if (this.isInitialised) await this.calls.shutdown();
    this.library.unload();
  }

  private async readDevice(index: number): Promise<DeviceReading> {
    const { calls } = this;
    const out: [Handle] = [null];
    demand('nvmlDeviceGetHandleByIndex', await calls.handle(index, out));
    const [handle] = out;
    const name = Buffer.alloc(NAME_LENGTH);
    demand('nvmlDeviceGetName', await calls.name(handle, name, NAME_LENGTH));
    const rates: { gpu?: number } = {};
    const memory: { total?: number | bigint; used?: number | bigint } = {};
    const power = [0];
    const temperature = [0];
    const has = {
      rates: isTold('nvmlDeviceGetUtilizationRates', await calls.utilisation(handle, rates)),
      memory: isTold('nvmlDeviceGetMemoryInfo', await calls.memory(handle, memory)),
      power: isTold('nvmlDeviceGetPowerUsage', await calls.power(handle, power)),
      temperature: isTold(
        'nvmlDeviceGetTemperature',
        await calls.temperature(handle, TEMPERATURE_OF_THE_CHIP, temperature),
      ),
    };
    return {
      index,
      model: name.toString('utf8').replace(/\0.*$/s, ''),
      ...(has.rates ? { utilisation: (rates.gpu ?? 0) / 100 } : {}),
      ...(has.memory ? { memoryUsedBytes: Number(memory.used), memoryTotalBytes: Number(memory.total) } : {}),
      ...(has.power ? { powerWatts: (power[0] ?? 0) / 1_000 } : {}),
      ...(has.temperature ? { temperatureCelsius: temperature[0] ?? 0 } : {}),
    };
  }
}

function demand(what: string, code: number): void {
  if (code !== SUCCESS) throw new NvmlError(what, code);
}

/** Whether there is a value; one that this device has not is no fault. */
function isTold(what: string, code: number): boolean {
  if (code === NOT_SUPPORTED || code === NO_PERMISSION) return false;
  demand(what, code);
  return true;
}
