import { z } from 'zod';

/** Said by the coordinator to all workers. */
export const controlMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('cancelTrial'), sweepId: z.uuid(), trialId: z.uuid() }),
  z.strictObject({ type: z.literal('cancelSweep'), sweepId: z.uuid() }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;
