import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Report, ReportType, TrainJob } from '@fathom/contracts';
import {
  ControlChannel,
  ReportConsumer,
  TrialProducer,
  type FailFastOptions,
  type TrialJobState,
} from '@fathom/queue';
import {
  aTrainingConfig,
  aTrainJob,
  eventually,
  spawnNode,
  useRedis,
  useTempDir,
  type NodeProcess,
  type RedisForTests,
} from '@fathom/testkit';

type ReportOf<T extends ReportType> = Extract<Report, { type: T }>;

export interface TestWorker {
  readonly process: NodeProcess;
  readonly metricsUrl: string;
  /** The process that trains now, and the step it began at. */
  untilTraining(): Promise<{ pid: number; resumedFromStep: number }>;
}

export interface WorkersForTests {
  readonly redis: RedisForTests;
  readonly control: ControlChannel;
  /** Everything reported so far about a trial. */
  reportsOf(job: TrainJob): Report[];
  until<T extends ReportType>(job: TrainJob, type: T, fence?: number): Promise<ReportOf<T>>;
  enqueue(job: TrainJob): Promise<void>;
  jobState(job: TrainJob): Promise<TrialJobState | 'absent'>;
  /** Starts a built worker; what a test leaves running is killed after the test. */
  start(env?: Record<string, string>): Promise<TestWorker>;
  /** Names of the checkpoints the trial has now. */
  checkpointsOf(job: TrainJob): string[];
  /** Folder in which the model of the trial is, once it has completed. */
  modelOf(job: TrainJob): string;
}

const MAIN = resolve(__dirname, '../../dist/main.js');
const PATIENCE = { timeoutMs: 120_000 };

const log = { warn: () => undefined };

/** A trial that lasts until something ends it, and has a checkpoint many times a second. */
export const aLongTrial = (overrides: Partial<TrainJob> = {}): TrainJob =>
  aTrainJob({ config: aTrainingConfig({ epochs: 5_000, width: 0.25 }), ...overrides });

/** Real workers on a Redis of their own. */
export function useWorkers(): WorkersForTests {
  const redis = useRedis();
  const dir = useTempDir();
  const processes: NodeProcess[] = [];
  let tests = 0;
  let parts: TestParts | undefined;
  const started = () => {
    if (!parts) throw new Error('workers exist during a test only');
    return parts;
  };

  // A database for each test: what a killed worker leaves behind must not reach the workers of the next.
  beforeEach(async () => {
    parts = connectParts(`${redis.url}/${String(tests++)}`);
    await parts.producer.untilConnected(5_000);
  });
  afterEach(async () => {
    for (const running of processes.splice(0)) {
      running.kill('SIGKILL');
      await running.exited;
    }
    const { producer, control, consumer } = started();
    await consumer.stop();
    await control.close();
    await producer.close();
  });

  const reportsOf = ({ trialId }: TrainJob) =>
    started().reports.filter((report) => report.trialId === trialId);
  return {
    redis,
    reportsOf,
    get control() {
      return started().control;
    },
    enqueue: (job) => started().producer.enqueueTrials([job]),
    jobState: (job) => started().producer.jobState(job),
    until: <T extends ReportType>(job: TrainJob, type: T, fence?: number) =>
      eventually(() => {
        const found = reportsOf(job).find(
          (report): report is ReportOf<T> =>
            report.type === type && (fence === undefined || report.fence === fence),
        );
        if (found) return found;
        const outputs = processes.map((running) => running.output().slice(-3_000)).join('\n');
        throw new Error(`no ${type} in ${JSON.stringify(reportsOf(job))}\n${outputs}`);
      }, PATIENCE),
    start: async (env = {}) => {
      const running = spawnNode(MAIN, [], {
        REDIS_URL: started().redisUrl,
        FATHOM_METRICS_PORT: '0',
        FATHOM_SLOTS: '1',
        FATHOM_THREADS: '1',
        FATHOM_CACHE_DIR: join(dir.path, 'cache'),
        FATHOM_CHECKPOINT_DIR: join(dir.path, 'checkpoints'),
        FATHOM_MODEL_DIR: join(dir.path, 'models'),
        FATHOM_LOCK_MS: '2000',
        ...env,
      });
      processes.push(running);
      const [, metricsUrl = ''] = await running.untilOutput(/"metrics":"([^"]+)"/, PATIENCE);
      await running.untilOutput(/takes trials/, PATIENCE);
      const untilTraining = async () => {
        const [, from, pid] = await running.untilOutput(
          /"resumedFromStep":(\d+),"trainerPid":(\d+)/,
          PATIENCE,
        );
        return { pid: Number(pid), resumedFromStep: Number(from) };
      };
      return { process: running, metricsUrl, untilTraining };
    },
    modelOf: ({ sweepId, trialId }) => join(dir.path, 'models', sweepId, trialId),
    checkpointsOf: ({ sweepId, trialId }) => {
      const folder = join(dir.path, 'checkpoints', sweepId, trialId);
      try {
        return readdirSync(folder).filter((name) => name.endsWith('.json'));
      } catch {
        // No folder: there never was a checkpoint, or they were cleared.
        return [];
      }
    },
  };
}

interface TestParts {
  readonly redisUrl: string;
  readonly producer: TrialProducer;
  readonly control: ControlChannel;
  readonly consumer: ReportConsumer;
  readonly reports: readonly Report[];
}

/** Takes all reports that there are from now on. */
export function collectReports(connection: FailFastOptions) {
  const reports: Report[] = [];
  const consumer = new ReportConsumer({
    ...connection,
    consumerName: randomUUID(),
    onReports: (batch) => {
      reports.push(...batch);
      return Promise.resolve();
    },
  });
  consumer.start();
  return { consumer, reports };
}

function connectParts(redisUrl: string): TestParts {
  const connection = { redisUrl, log };
  const { consumer, reports } = collectReports(connection);
  const producer = new TrialProducer({ ...connection, backoffMs: 100 });
  return { redisUrl, producer, consumer, reports, control: new ControlChannel(connection) };
}
