/** Lets messages, signals and timers in between two blocking calls. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
