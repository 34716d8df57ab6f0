import {
  isTrialEnded,
  isTrialScheduled,
  type AttemptState,
  type EpochMetrics,
  type Failure,
  type FinalMetrics,
  type Objective,
  type Report,
  type TrialState,
} from '@fathom/contracts';
import type { ObjectiveValues, SearchEvent } from '@fathom/search';
import type { AttemptRecord, MetricPoint, NewEvent, TrialRecord } from '@fathom/store';

/** What one report does. Records are the new ones, or the given ones where nothing changed. */
export interface Transition {
  readonly trial: TrialRecord;
  readonly attempt: AttemptRecord;
  /** Older attempts that still count as running are lost. */
  readonly supersedesOlder: boolean;
  readonly points: readonly MetricPoint[];
  readonly events: readonly NewEvent[];
  readonly searchEvents: readonly SearchEvent[];
}

interface Outcome {
  readonly attempt: Exclude<AttemptState, 'running'>;
  readonly trial: TrialState;
  readonly failure: Failure | null;
  readonly metrics: FinalMetrics | null;
  /** How far it came, where the report says so. */
  readonly reached?: EpochMetrics;
}

/**
 * The effect of a report on its trial. Reports may come twice, late or out of order:
 * - an attempt that has ended stays as it is, and so does a trial that has ended, or pauses and waits to be resumed;
 * - what comes from an attempt below the trial's current fence, or from a segment before its last resumption, is kept
 *   as that attempt's history only.
 *
 * @param attempt undefined if the report is the first that was heard of its attempt
 */
export function applyReport(
  trial: TrialRecord,
  attempt: AttemptRecord | undefined,
  report: Report,
  objectives: readonly Objective[],
): Transition {
  const known = attempt ?? newAttempt(report);
  const isOfSegment = report.segment === trial.segment;
  const isCurrent = isOfSegment && report.fence >= trial.currentFence;
  const supersedesOlder = isOfSegment && report.fence > trial.currentFence;
  const fenced: TrialRecord = supersedesOlder ? { ...trial, currentFence: report.fence } : trial;
  const heard: Transition = {
    trial: fenced,
    attempt: known,
    supersedesOlder,
    points: [],
    events: [],
    searchEvents: [],
  };
  // A running attempt of a trial that is to have one; anything else only adds to the history.
  const counts = isCurrent && known.state === 'running' && isTrialScheduled(fenced.state);

  switch (report.type) {
    case 'attemptStarted': {
      const named = {
        ...known,
        workerId: report.workerId,
        device: report.device,
        microBatch: report.microBatch ?? null,
        startedAt: new Date(report.at),
      };
      return withRunning({ ...heard, attempt: named }, counts, report);
    }
    case 'stepReported': {
      const points = [point(report, 'step', report.metrics.step)];
      return withRunning({ ...heard, points }, counts, report);
    }
    case 'epochReported': {
      const points = [point(report, 'epoch', report.metrics.step)];
      const started = withRunning({ ...heard, points }, counts, report);
      return counts ? withEpoch(started, report, objectives) : started;
    }
    case 'attemptCompleted': {
      const { metrics } = report;
      return ended(heard, counts, report, objectives, {
        attempt: 'completed',
        trial: 'completed',
        failure: null,
        metrics,
      });
    }
    case 'attemptPaused': {
      const { metrics } = report;
      const paused: Outcome = {
        attempt: 'paused',
        trial: 'paused',
        failure: null,
        metrics: null,
        reached: metrics,
      };
      // The report of the epoch itself may have been lost.
      const points = [point(report, 'epoch', metrics.step)];
      return ended({ ...heard, points }, counts, report, objectives, paused);
    }
    case 'attemptFailed': {
      const { failure, willRetry, memo = null } = report;
      const state = failure.class === 'diverged' ? 'diverged' : 'failed';
      const trial = willRetry ? 'queued' : state;
      const outcome: Outcome = { attempt: state, trial, failure, metrics: null };
      const told = { ...heard, attempt: { ...heard.attempt, memo } };
      return ended(told, counts, report, objectives, outcome);
    }
    case 'attemptInterrupted': {
      const back = ended(heard, counts, report, objectives, {
        attempt: 'interrupted',
        trial: 'queued',
        failure: null,
        metrics: null,
      });
      // Its job has ended, so that the next needs another name.
      return report.willRequeue || !counts
        ? back
        : { ...back, trial: { ...back.trial, segment: back.trial.segment + 1 } };
    }
    case 'attemptCancelled':
    case 'attemptStopped': {
      const state = report.type === 'attemptStopped' ? 'stopped' : 'cancelled';
      return ended(heard, counts, report, objectives, {
        attempt: state,
        trial: state,
        failure: null,
        metrics: null,
      });
    }
  }
}

function newAttempt(report: Report): AttemptRecord {
  return {
    id: report.attemptId,
    trialId: report.trialId,
    fence: report.fence,
    state: 'running',
    workerId: '',
    device: '',
    microBatch: null,
    failure: null,
    memo: null,
    startedAt: new Date(report.at),
    endedAt: null,
  };
}

function point(
  report: Extract<Report, { type: 'stepReported' | 'epochReported' | 'attemptPaused' }>,
  kind: MetricPoint['kind'],
  step: number,
): MetricPoint {
  return { attemptId: report.attemptId, kind, step, values: report.metrics };
}

/** The first news of a running attempt makes the trial running. */
function withRunning(transition: Transition, counts: boolean, report: Report): Transition {
  const { trial } = transition;
  if (!counts || trial.state === 'running') return transition;
  const running: TrialRecord = {
    ...trial,
    state: 'running',
    failure: null,
    startedAt: trial.startedAt ?? new Date(report.at),
  };
  return { ...transition, trial: running, events: [...transition.events, trialChanged(running, null)] };
}

function withEpoch(
  transition: Transition,
  report: Extract<Report, { type: 'epochReported' }>,
  objectives: readonly Objective[],
): Transition {
  const { trial } = transition;
  const { metrics } = report;
  const { id, sweepId, number } = trial;
  const events: NewEvent[] = [
    ...transition.events,
    { type: 'epochReported', sweepId, trialId: id, number, metrics },
  ];
  // An attempt that started over reports epochs that were heard of before; they say nothing new.
  if (metrics.epoch <= trial.epochsDone) return { ...transition, events };
  const values = valuesOf(metrics, objectives);
  return {
    ...transition,
    trial: { ...trial, epochsDone: metrics.epoch, objectives: values },
    events,
    searchEvents: [{ type: 'epochReported', trial: number, epoch: metrics.epoch, objectives: values }],
  };
}

/** Of the test set's metrics there is none before the end. */
const valuesOf = (metrics: object, objectives: readonly Objective[]): ObjectiveValues =>
  objectives.map(({ metric }) => (metrics as Partial<Record<string, number>>)[metric] ?? null);

function ended(
  heard: Transition,
  counts: boolean,
  report: Report,
  objectives: readonly Objective[],
  outcome: Outcome,
): Transition {
  if (heard.attempt.state !== 'running') return heard;
  const at = new Date(report.at);
  const attempt: AttemptRecord = {
    ...heard.attempt,
    state: outcome.attempt,
    failure: outcome.failure,
    endedAt: at,
  };
  if (!counts) return { ...heard, attempt };
  const isFinal = isTrialEnded(outcome.trial);
  const before = heard.trial;
  const measured = outcome.metrics ?? outcome.reached;
  const trial: TrialRecord = {
    ...before,
    state: outcome.trial,
    failure: outcome.failure,
    metrics: outcome.metrics,
    epochsDone: measured?.epoch ?? before.epochsDone,
    objectives: measured ? valuesOf(measured, objectives) : before.objectives,
    startedAt: before.startedAt ?? heard.attempt.startedAt,
    endedAt: isFinal ? at : null,
  };
  const reason = reasonOf(report);
  return {
    ...heard,
    trial,
    attempt,
    events: [...heard.events, trialChanged(trial, reason)],
    searchEvents: isFinal || trial.state === 'paused' ? [searchEventOf(trial, objectives, reason)] : [],
  };
}

function reasonOf(report: Report): string | null {
  switch (report.type) {
    case 'attemptFailed':
      return `${report.failure.class}: ${report.failure.message}`;
    case 'attemptInterrupted':
      return report.reason;
    case 'attemptStarted':
    case 'stepReported':
    case 'epochReported':
    case 'attemptCompleted':
    case 'attemptPaused':
    case 'attemptCancelled':
    case 'attemptStopped':
      return null;
  }
}

export function trialChanged(trial: TrialRecord, reason: string | null): NewEvent {
  const { id, sweepId, number, state, objectives } = trial;
  const [objective = null] = objectives;
  return { type: 'trialChanged', sweepId, trialId: id, number, state, objective, reason };
}

/** What the search is told of a trial that pauses or has ended. */
export function searchEventOf(
  trial: TrialRecord,
  objectives: readonly Objective[],
  reason: string | null,
): SearchEvent {
  switch (trial.state) {
    case 'completed':
      return {
        type: 'trialCompleted',
        trial: trial.number,
        objectives: valuesOf(trial.metrics ?? {}, objectives),
      };
    case 'paused':
      return {
        type: 'trialPaused',
        trial: trial.number,
        epoch: trial.epochsDone,
        objectives: trial.objectives,
      };
    case 'diverged':
    case 'failed':
      return { type: 'trialFailed', trial: trial.number, reason: reason ?? trial.state };
    // The search knows of those that it has stopped itself.
    case 'stopped':
    case 'cancelled':
      return { type: 'trialCancelled', trial: trial.number };
    case 'queued':
    case 'running':
      throw new Error(`trial ${trial.id} neither pauses nor has ended, it is ${trial.state}`);
  }
}
