import { z } from 'zod';
import { epochMetricsSchema, stepMetricsSchema } from './report';
import { sweepStateSchema, trialStateSchema } from './states';

/**
 * What SSE clients see. Events with an `id` are stored and replayed after a reconnect (`Last-Event-ID`);
 * stepReported has none, because a missed step is of no use later.
 */
export const liveEventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('sweepChanged'),
      id: z.string(),
      sweepId: z.uuid(),
      state: sweepStateSchema,
      reason: z.string().nullable(),
    }),
    z.strictObject({
      type: z.literal('trialsCreated'),
      id: z.string(),
      sweepId: z.uuid(),
      trials: z
        .array(z.strictObject({ trialId: z.uuid(), number: z.int() }))
        .min(1)
        .describe('Queued, in the order in which the search has decided on them.'),
    }),
    z.strictObject({
      type: z.literal('trialChanged'),
      id: z.string(),
      sweepId: z.uuid(),
      trialId: z.uuid(),
      number: z.int(),
      state: trialStateSchema,
      objective: z.number().nullable(),
      reason: z.string().nullable(),
    }),
    z.strictObject({
      type: z.literal('epochReported'),
      id: z.string(),
      sweepId: z.uuid(),
      trialId: z.uuid(),
      number: z.int(),
      metrics: epochMetricsSchema,
    }),
    z.strictObject({
      type: z.literal('stepReported'),
      sweepId: z.uuid(),
      trialId: z.uuid(),
      number: z.int(),
      metrics: stepMetricsSchema,
    }),
  ])
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof liveEventSchema>;
