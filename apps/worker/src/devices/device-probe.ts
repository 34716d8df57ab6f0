// A process of its own: loads TensorFlow and prints on what it computes. In the worker it would stay in memory.
import { openEngine } from '@fathom/engine';

const { device, tensorflowVersion } = openEngine();
process.stdout.write(JSON.stringify({ device, tensorflow: tensorflowVersion }));
