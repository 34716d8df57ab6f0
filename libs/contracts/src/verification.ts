import { z } from 'zod';

export const contradictionSchema = z
  .strictObject({
    kind: z
      .enum(['decision', 'trial', 'result', 'state'])
      .describe(
        'decision: the replay decides otherwise. trial: a trial is not what was decided. result: the search was told another ' +
          'result than the trial has. state: the stored snapshot of the search is not what the log leads to.',
      ),
    event: z
      .string()
      .nullable()
      .describe('Id of the event in the log; null: it is about none in particular.'),
    message: z.string(),
    expected: z.unknown(),
    recorded: z.unknown(),
  })
  .meta({ id: 'Contradiction' });
export type Contradiction = z.infer<typeof contradictionSchema>;

/** The most contradictions an answer lists. */
export const MAX_CONTRADICTIONS = 20;

export const verificationSchema = z
  .strictObject({
    sweepId: z.uuid(),
    events: z.int().min(0).describe('What the search was told, in all.'),
    decisions: z.int().min(0).describe('What it decided, in all.'),
    trials: z.int().min(0),
    agrees: z.boolean(),
    contradictions: z.array(contradictionSchema).max(MAX_CONTRADICTIONS).describe('The first ones.'),
    contradictionCount: z.int().min(0),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof verificationSchema>;
