import type { TrainingGraph } from '../graph/training-graph';
import type { Batches, Split } from './batches';
import { DivergedError } from './diverged-error';
import { nextTurn } from './event-loop';
import type { NetworkSession, RowResult } from './network-session';
import { Pace } from './pace';
import type { ImageSet } from './training-data';

/** So many classes can still be read as a table. */
const MAX_CONFUSION_CLASSES = 100;

export interface Evaluation {
  /** Mean cross entropy, without label smoothing. */
  readonly loss: number;
  /** 1 - accuracy. */
  readonly error: number;
  /** Share of the images whose label is not among the five largest logits; null for five classes or fewer. */
  readonly topFiveError: number | null;
  /** How many images of class i (first index) were taken for class j. */
  readonly confusion: readonly (readonly number[])[];
}

export interface EvaluationOptions {
  readonly network: NetworkSession;
  readonly graph: Pick<TrainingGraph, 'rowSize' | 'evaluate'>;
  readonly batches: Batches;
  readonly classes: number;
  readonly signal: AbortSignal;
  /** milliseconds */
  readonly now: () => number;
  /** Called before each call of the network. */
  readonly onEvaluation: (() => void) | undefined;
}

/**
 * Evaluates a whole split with running statistics, row by row.
 *
 * @param set the images of the split
 * @returns undefined where the signal stopped it
 * @throws DivergedError where the loss is not finite
 */
export async function evaluate(
  { network, graph, batches, classes, signal, now, onEvaluation }: EvaluationOptions,
  split: Split,
  set: ImageSet,
): Promise<Evaluation | undefined> {
  const { rowSize } = graph;
  const score = new Score(set.labels, classes);
  const pace = new Pace(now, Math.min(graph.evaluate.maximum, batches.rows));
  while (score.images < set.count) {
    await nextTurn();
    if (signal.aborted) return undefined;
    onEvaluation?.();
    const left = set.count - score.images;
    const rows = pace.begin(Math.ceil(left / rowSize));
    const images = Math.min(rows * rowSize, left);
    batches.put(
      0,
      split,
      Array.from({ length: images }, (_, i) => score.images + i),
    );
    const results = network.evaluate(batches, rows);
    pace.end(rows);
    for (const row of results) score.add(row);
  }
  if (!Number.isFinite(score.loss)) throw new DivergedError('evaluation loss', score.loss);
  return score.evaluation();
}

/** The number of images of each class that were classified as such, per image of the class; 0 where there are none. */
export const classAccuracies = ({ confusion }: Evaluation): number[] =>
  confusion.map(
    (row, i) =>
      (row[i] ?? 0) /
      Math.max(
        1,
        row.reduce((a, b) => a + b),
      ),
  );

/** Of the test split, as a training reports them. */
export function testMetrics(test: Evaluation) {
  const confusion = test.confusion.map((row) => [...row]);
  return {
    testLoss: test.loss,
    testError: test.error,
    testTop5Error: test.topFiveError,
    classAccuracy: classAccuracies(test),
    ...(confusion.length <= MAX_CONFUSION_CLASSES ? { confusion } : {}),
  };
}

/** Adds up what the network says of the images of a set, in their order. */
class Score {
  images = 0;
  loss = 0;
  readonly #labels: ArrayLike<number>;
  readonly #confusion: number[][];
  #inTopFive = 0;

  constructor(labels: ArrayLike<number>, classes: number) {
    this.#labels = labels;
    this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  /** What a last row has beyond the set does not count. */
  add({ losses, classes, inTopFive }: RowResult): void {
    const images = Math.min(losses.length, this.#labels.length - this.images);
    for (let i = 0; i < images; i++) {
      this.loss += losses[i] ?? 0;
      this.#inTopFive += inTopFive[i] ?? 0;
      const [row, column] = [this.#confusion[this.#labels[this.images + i] ?? 0], classes[i] ?? 0];
      if (row) row[column] = (row[column] ?? 0) + 1;
    }
    this.images += images;
  }

  evaluation(): Evaluation {
    const correct = this.#confusion.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
    return {
      loss: this.loss / this.images,
      error: 1 - correct / this.images,
      topFiveError: this.#confusion.length > 5 ? 1 - this.#inTopFive / this.images : null,
      confusion: this.#confusion,
    };
  }
}
