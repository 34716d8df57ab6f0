import { readFile } from 'node:fs/promises';
import { microBatchOf, trainingMemoryKey, type TrainJob } from '@fathom/contracts';
import type { MemoryNeed } from './device-memory';

/** The same for trainings that take the same memory. */
export const shapeOf = ({ config, dataset, microBatch = microBatchOf(config) }: TrainJob): string =>
  `${trainingMemoryKey(config)} ${JSON.stringify([microBatch, dataset])}`;

export const needOf = (job: TrainJob): MemoryNeed => ({
  trialId: job.trialId,
  shape: shapeOf(job),
  ...(job.memoryBytes === undefined ? {} : { predictedBytes: job.memoryBytes }),
});

/** The most resident memory that a process has had, in bytes; undefined where the system does not say, or it is gone. */
export async function peakMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
