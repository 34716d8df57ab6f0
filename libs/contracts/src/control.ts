import { z } from 'zod';

/** Said by the coordinator to all workers. */
export const controlMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('cancelTrial'), sweepId: z.uuid(), trialId: z.uuid() }),
  /** Ends its trials that run, and drops all its checkpoints. */
  z.strictObject({ type: z.literal('cancelSweep'), sweepId: z.uuid() }),
  /** The search ends the trial: it stops without a checkpoint, and those it has are dropped. */
  z.strictObject({
    type: z.literal('stopTrial'),
    sweepId: z.uuid(),
    trialId: z.uuid(),
    /** Those of its pauses stay until the sweep ends: another trial is to start from one. */
    keepPauses: z.boolean(),
  }),
  /** Its trials that run are checkpointed and given back, and none of it is begun until it is resumed. */
  z.strictObject({ type: z.literal('pauseSweep'), sweepId: z.uuid() }),
  /** A sweep of a higher priority needs the place: the trial is checkpointed and given back. No mark is kept of it. */
  z.strictObject({ type: z.literal('preemptTrial'), sweepId: z.uuid(), trialId: z.uuid() }),
  /** The sweep has ended: nobody goes on from any of its checkpoints. */
  z.strictObject({ type: z.literal('dropCheckpoints'), sweepId: z.uuid() }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;
