import { DataError, readImages } from '@fathom/data';
import { openEngine } from '@fathom/engine';
import { Classifier, type Guess } from '@fathom/resnet';
import type { Command } from 'commander';
import { exitCodes, UsageError } from '../exit-codes';
import { openModel } from '../model/open-model';
import { wholeNumber } from '../option-values';
import { percent } from '../render/format';

interface PredictOptions {
  readonly top: number;
  readonly threads?: number;
  readonly json?: true;
}

interface Prediction {
  readonly image: string;
  /** The most probable first. */
  readonly classes: readonly Guess[];
}

/** Images that are decoded and classified at once. */
const BATCH = 32;

export function addPredictCommand(program: Command): void {
  program
    .command('predict')
    .description('say what is on images, with a trained model')
    .argument('<model>', 'folder of the model, from train --save or a worker')
    .argument('<images...>', 'image files: JPEG, PNG, WebP, GIF, TIFF, AVIF')
    .option('--top <n>', 'so many classes for each image', wholeNumber, 5)
    .option('--threads <n>', 'CPU threads (default: one for each core)', wholeNumber)
    .option('--json', 'print the predictions as JSON')
    .addHelpText(
      'after',
      '\nImages are prepared as in training: resized to cover the square of the model, then cropped at the centre.\n' +
        'Those that cannot be read are named on standard error, and the exit code is 2.\n' +
        '\nExamples:\n  fathom predict models/birds photo.jpg\n' +
        '  fathom predict models/birds photos/*.jpg --top 1 --json',
    )
    .action(predict);
}

async function predict(dir: string, images: readonly string[], options: PredictOptions): Promise<void> {
  const model = await openModel(dir);
  const { imageSize, channels } = model.facts.input;
  if (channels !== 3) throw new UsageError(`${dir}: takes ${channels} channels, image files have 3`);
  const engine = openEngine(options.threads === undefined ? {} : { intraOpThreads: options.threads });
  const classifier = new Classifier(model, (savedModel) => engine.load(savedModel));
  const predictions: Prediction[] = [];
  try {
    for (let from = 0; from < images.length; from += BATCH) {
      const readable = await decode(images.slice(from, from + BATCH), imageSize);
      const results = classifier.classify(joined(readable.map(({ pixels }) => pixels)));
      for (const [i, { image }] of readable.entries()) {
        const prediction = { image, classes: results[i]?.guesses.slice(0, options.top) ?? [] };
        predictions.push(prediction);
        if (!options.json) process.stdout.write(`${lines(prediction)}\n`);
      }
    }
  } finally {
    classifier.close();
  }
  if (options.json) process.stdout.write(`${JSON.stringify(predictions, null, 2)}\n`);
}

/** Those that cannot be decoded are named, and left out. */
async function decode(
  images: readonly string[],
  imageSize: number,
): Promise<{ readonly image: string; readonly pixels: Uint8Array }[]> {
  const decoded = await Promise.all(
    images.map(async (image) => {
      try {
        return [{ image, pixels: await readImages([image], imageSize) }];
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        process.stderr.write(`fathom: ${error.message}\n`);
        process.exitCode = exitCodes.usage.code;
        return [];
      }
    }),
  );
  return decoded.flat();
}

function joined(images: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(images.reduce((length, image) => length + image.length, 0));
  let at = 0;
  for (const image of images) {
    all.set(image, at);
    at += image.length;
  }
  return all;
}

const lines = ({ image, classes }: Prediction): string =>
  [image, ...classes.map((guess) => `${percent(guess.probability).padStart(9)}  ${guess.class}`)].join('\n');
