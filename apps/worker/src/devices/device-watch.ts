import type { Logger } from '@fathom/runtime';
import { Nvml, type DeviceReading } from './nvml';

/** A reading serves all that ask for so long. */
const FRESH_MS = 1_000;
/** Who asks waits no longer. */
const WAIT_MS = 1_500;

/** Reads the devices of this machine where NVML is there; where it is not, which is normal, there are none to be read. */
export class DeviceWatch {
  private readonly nvml: Nvml | undefined;
  private readonly lost = new Set<number>();
  private reading: Promise<readonly DeviceReading[]> | undefined;
  private isDown = false;

  /**
   * @param library name or path of NVML's shared library
   * @param only CUDA's names of this worker's devices; undefined, or with UUIDs among them: all that the driver shows
   */
  constructor(
    library: string,
    private readonly logger: Logger,
    private readonly only?: readonly string[],
  ) {
    try {
      this.nvml = new Nvml(library);
    } catch (error) {
      logger.debug(
        { library, reason: String(error) },
        'there is no NVML, so that nothing is said of devices',
      );
    }
  }

  /** @returns undefined where there is nothing to be known now */
  async read(): Promise<readonly DeviceReading[] | undefined> {
    const { nvml } = this;
    if (nvml === undefined) return undefined;
    // One that hangs is not asked again until it answers.
    this.reading ??= this.begin(nvml);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), WAIT_MS);
    });
    const readings = await Promise.race([this.reading, late]);
    clearTimeout(timer);
    return readings;
  }

  async close(): Promise<void> {
    await this.reading;
    await this.nvml?.close();
  }

  private async begin(nvml: Nvml): Promise<readonly DeviceReading[]> {
    const readings = await this.attempt(nvml);
    setTimeout(() => (this.reading = undefined), FRESH_MS).unref();
    return readings;
  }

  private async attempt(nvml: Nvml): Promise<readonly DeviceReading[]> {
    try {
      const readings = await nvml.read((index, error) => {
        if (!this.lost.has(index))
          this.logger.error({ err: error, device: `gpu:${String(index)}` }, 'a device does not answer');
        this.lost.add(index);
      });
      const mine = this.mineOf(readings);
      for (const { index } of mine)
        if (this.lost.delete(index))
          this.logger.info({ device: `gpu:${String(index)}` }, 'a device answers again');
      this.isDown = false;
      return mine;
    } catch (error) {
      if (!this.isDown) this.logger.warn({ err: error }, 'NVML does not answer');
      this.isDown = true;
      return [];
    }
  }

  private mineOf(readings: readonly DeviceReading[]): readonly DeviceReading[] {
    const { only } = this;
    if (only === undefined || only.some((name) => !/^\d+$/.test(name))) return readings;
    return readings.filter(({ index }) => only.includes(String(index)));
  }
}
