/** The same number of threads for every library, where each looks for it. */
export const cpuEnvironment = (threads) => ({
  TF_NUM_INTRAOP_THREADS: String(threads),
  OMP_NUM_THREADS: String(threads),
  TF_CPP_MIN_LOG_LEVEL: '2',
  PYTHONWARNINGS: 'ignore',
  PYTHONDONTWRITEBYTECODE: '1',
});
