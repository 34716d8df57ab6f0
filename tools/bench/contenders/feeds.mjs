// Counts what one epoch of training says to its session: calls, bytes fed, bytes fetched. Prints them as JSON.
import { trainingConfigSchema } from '@fathom/contracts';
import { openEngine } from '@fathom/engine';
import { train } from '@fathom/resnet';

const [BATCH, STEPS, SIZE, CHANNELS] = [128, 64, 32, 3];
const imageBytes = SIZE * SIZE * CHANNELS;
const setOf = (count) => ({
  count,
  images: Uint8Array.from({ length: count * imageBytes }, () => Math.random() * 256),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
});
const engine = openEngine();
const calls = [];
const bytesOf = (values) => values.reduce((sum, { data }) => sum + data.byteLength, 0);
const counted = (session) => ({
  run(feeds, fetches) {
    const values = session.run(feeds, fetches);
    calls.push({ fed: bytesOf(Object.values(feeds)), fetched: bytesOf(values) });
    return values;
  },
  close: () => session.close(),
});

const epochs = [];
const events = train({
  config: trainingConfigSchema.parse({ depth: 8, batchSize: BATCH, epochs: 2 }),
  data: {
    imageShape: [SIZE, SIZE, CHANNELS],
    classes: Array.from({ length: 10 }, (_, i) => String(i)),
    train: setOf(STEPS * BATCH),
    validation: setOf(BATCH),
    test: setOf(BATCH),
  },
  openSession: (savedModel) => counted(engine.load(savedModel)),
  signal: new AbortController().signal,
  now: () => performance.now(),
});
for await (const event of events) if (event.type === 'epoch') epochs.push(calls.length);
// Of the second epoch: the first has the initial weights, and the data set where it stays on the device.
const second = calls.slice(epochs[0], epochs[1]);
const sum = (key) => second.reduce((total, call) => total + call[key], 0);
const images = STEPS * BATCH;
process.stdout.write(
  `${JSON.stringify({
    steps: STEPS,
    images,
    calls: second.length,
    fedBytes: sum('fed'),
    beforeBytes: calls.slice(0, epochs[0]).reduce((total, call) => total + call.fed, 0),
    fetchedBytes: sum('fetched'),
  })}\n`,
);
