import { createRequire } from 'node:module';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import type * as Tfjs from '@tensorflow/tfjs-node-gpu';
import { EngineError } from './engine-error';

export type Binding = TFJSBinding;

/** Node 23 removed functions that tfjs-node 4.22 still calls (tensorflow/tfjs#8609). */
function restoreRemovedFunctions(require: NodeJS.Require): void {
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}

/**
 * Loads tfjs-node-gpu, and with it libtensorflow, into this process.
 *
 * @throws EngineError missing-library, with what to do about it
 */
export function loadTensorFlow(): { readonly tf: typeof Tfjs; readonly binding: Binding } {
  // Loaded now and not by an import: only now does the environment say what TensorFlow is to read in it.
  const require = createRequire(__filename);
  restoreRemovedFunctions(require);
  try {
    const tf = require('@tensorflow/tfjs-node-gpu') as typeof Tfjs;
    tf.env().set('IS_TEST', true);
    const { binding } = tf.backend() as unknown as { readonly binding: Binding };
    return { tf, binding };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new EngineError(
      'missing-library',
      `TensorFlow cannot be loaded (${reason.trim()}). Run \`npm run setup\` to install it; ` +
        '`npm run fathom doctor` shows what was found.',
      { cause },
    );
  }
}
