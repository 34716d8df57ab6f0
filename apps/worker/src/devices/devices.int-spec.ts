import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createLogger } from '@fathom/runtime';
import { eventually, spawnNode, useRedis, useTempDir } from '@fathom/testkit';
import * as koffi from 'koffi';
import { deviceMemoryOf } from './device-memory-of';
import { DeviceWatch } from './device-watch';

const LOST = 15;
const DRIVER_NOT_LOADED = 9;
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const whereCompiler = hasCompiler ? describe : describe.skip;
if (!hasCompiler)
  process.stderr.write('devices.int-spec.ts: skipped, there is no C compiler (cc) for a stand-in of NVML\n');

describe('devices without NVML', () => {
  it('is nothing out of the ordinary', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ name: 'worker', level: 'info', destination });
    const watch = new DeviceWatch('libnvidia-ml-that-is-not-there.so.1', logger);
    expect(await watch.read()).toBeUndefined();
    await watch.close();
    expect(lines).toEqual([]);
  });
});

whereCompiler('devices, by a stand-in of NVML', () => {
  const dir = useTempDir();
  const redis = useRedis();
  const lines: { msg: string; device?: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) };
  const logger = createLogger({ name: 'worker', level: 'info', destination });
  let library = '';
  let setDevice: (index: number, code: number) => void;
  let setInit: (code: number) => void;
  let watch: DeviceWatch;
  beforeAll(() => {
    library = join(dir.path, 'libnvidia-ml.so.1');
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, resolve(__dirname, '../testing/nvml-stub.c')]);
    const stub = koffi.load(library);
    setDevice = stub.func('stub_set_device', 'void', ['int', 'int']) as typeof setDevice;
    setInit = stub.func('stub_set_init', 'void', ['int']) as typeof setInit;
    watch = new DeviceWatch(library, logger);
  });
  afterAll(() => watch.close());
  beforeEach(() => {
    lines.length = 0;
  });
  const messages = () => lines.map(({ msg }) => msg);
  const indices = async () => (await watch.read())?.map(({ index }) => index);

  it('are read with all that they tell, and no more', async () => {
    const h100 = { model: 'NVIDIA H100 80GB HBM3', memoryTotalBytes: 85_899_345_920 };
    expect(await watch.read()).toEqual([
      {
        index: 0,
        ...h100,
        utilisation: 0.25,
        memoryUsedBytes: 1e9,
        powerWatts: 350.5,
        temperatureCelsius: 40,
      },
      {
        index: 1,
        ...h100,
        utilisation: 0.75,
        memoryUsedBytes: 2e9,
        powerWatts: 351.5,
        temperatureCelsius: 41,
      },
      {
        ...{ index: 2, model: 'NVIDIA A100 MIG 1g.5gb', memoryTotalBytes: 5e9 },
        ...{ memoryUsedBytes: 3e9, temperatureCelsius: 42 },
      },
    ]);
    expect(lines).toEqual([]);
  });

  it('are left out while they are lost, of which the log speaks once', async () => {
    setDevice(1, LOST);
    await eventually(async () => expect(await indices()).toEqual([0, 2]), { intervalMs: 300 });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await indices()).toEqual([0, 2]);
    expect(lines).toMatchObject([{ msg: 'a device does not answer', device: 'gpu:1' }]);
    setDevice(1, 0);
    await eventually(async () => expect(await indices()).toEqual([0, 1, 2]), { intervalMs: 300 });
    expect(messages()).toEqual(['a device does not answer', 'a device answers again']);
  });

  it('are back when the driver is', async () => {
    setInit(DRIVER_NOT_LOADED);
    await eventually(async () => expect(await indices()).toEqual([]), { intervalMs: 300 });
    expect(messages()).toEqual(['NVML does not answer']);
    setInit(0);
    await eventually(async () => expect(await indices()).toEqual([0, 1, 2]), { intervalMs: 300 });
  });

  it('are those that this worker was given', async () => {
    const readBy = async (...only: string[]) => {
      const mine = new DeviceWatch(library, logger, only);
      const readings = await mine.read();
      await mine.close();
      return readings?.map(({ index }) => index);
    };
    expect(await readBy('2', '0')).toEqual([0, 2]);
    expect(await readBy()).toEqual([]);
    // The driver tells no names of that kind.
    expect(await readBy('GPU-5ebe9f43')).toEqual([0, 1, 2]);
  });

  it('tell what trials may take of each: of the smallest, for a trial may get that one', async () => {
    expect(await deviceMemoryOf(undefined, 3, watch)).toBe(5e9);
    expect(await deviceMemoryOf(40, 3, watch)).toBe(40e9);
    expect(await deviceMemoryOf(undefined, 0, watch)).toBeGreaterThan(1e8);
    expect(await deviceMemoryOf(undefined, 3, { read: () => Promise.resolve([]) })).toBeUndefined();
  });

  it('are in the metrics of a worker', async () => {
    const worker = spawnNode(resolve(__dirname, '../../dist/main.js'), [], {
      ...{ REDIS_URL: redis.url, FATHOM_METRICS_PORT: '0', FATHOM_CACHE_DIR: dir.path },
      ...{ FATHOM_NVML_LIBRARY: library, FATHOM_WORKER_ID: 'w', FATHOM_POOL: 'h100' },
    });
    try {
      const [, url = ''] = await worker.untilOutput(/"metrics":"([^"]+)"/, { timeoutMs: 30_000 });
      const text = await (await fetch(url)).text();
      const samples = text
        .split('\n')
        .filter((line) => line.startsWith('fathom_device_'))
        .map((line) => line.replace(/,?worker="[^"]*"/, ''));
      const h100 = 'model="NVIDIA H100 80GB HBM3",pool="h100"';
      expect(samples).toContain(`fathom_device_utilisation_ratio{device="gpu:1",${h100}} 0.75`);
      expect(samples).toContain(`fathom_device_power_watts{device="gpu:0",${h100}} 350.5`);
      expect(samples).toContain(`fathom_device_temperature_celsius{device="gpu:0",${h100}} 40`);
      expect(samples).toContain(
        'fathom_device_memory_used_bytes{device="gpu:2",model="NVIDIA A100 MIG 1g.5gb",pool="h100"} 3000000000',
      );
      expect(samples.filter((line) => line.includes('gpu:2'))).toHaveLength(3);
    } finally {
      worker.kill('SIGKILL');
      await worker.exited;
    }
  });
});
