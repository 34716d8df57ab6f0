import { openEngine } from './engine';
import { EngineError } from './engine-error';
import { applyEnvironment } from './environment';

describe('a machine without TensorFlow', () => {
  it('gets told what to run', () => {
    jest.doMock('@tensorflow/tfjs-node-gpu', () => {
      throw new Error('libtensorflow_cc.so.2: cannot open shared object file\nRequire stack: …');
    });
    expect(() => openEngine()).toThrow(
      'TensorFlow cannot be loaded (libtensorflow_cc.so.2: cannot open shared object file). ' +
        'Run `npm run setup` to install it; `npm run fathom doctor` shows what was found.',
    );
  });
});

describe('the environment', () => {
  it('carries the options, and leaves an operator his own settings', () => {
    const env = { TF_CPP_MIN_LOG_LEVEL: '0', OTHER: 'x' };
    applyEnvironment({ intraOpThreads: 3, interOpThreads: 2, visibleDevices: '1' }, env);
    expect(env).toEqual({
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_ENABLE_ONEDNN_OPTS: '1',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_NUM_INTRAOP_THREADS: '3',
      TF_NUM_INTEROP_THREADS: '2',
      CUDA_VISIBLE_DEVICES: '1',
      OTHER: 'x',
    });
  });

  it.each([0, 1.5, Number.NaN])('refuses %p threads', (intraOpThreads) => {
    expect(() => {
      applyEnvironment({ intraOpThreads }, {});
    }).toThrow(EngineError);
  });
});
