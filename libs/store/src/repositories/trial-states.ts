import { isTrialEnded, isTrialScheduled, trialStateSchema, type TrialState } from '@fathom/contracts';
import { and, inArray, sql } from 'drizzle-orm';
import { trials } from '../schema';

export const scheduledStates = trialStateSchema.options.filter(isTrialScheduled);
export const openStates = trialStateSchema.options.filter((state) => !isTrialEnded(state));

/** The better one first. */
export const resultStates = ['completed', 'stopped'] as const satisfies readonly TrialState[];

/** Of the trials that a sweep may be judged by: trained to their end, or stopped after an epoch that gave a number. */
export const isResult = and(inArray(trials.state, [...resultStates]), sql`${trials.objective} is not null`);
