import type { GraphRunner } from '@fathom/graph';

/** A session whose calls go through `run`, which makes them itself. */
export const observedSession = (session: GraphRunner, run: GraphRunner['run']): GraphRunner => ({
  run,
  get traffic() {
    return session.traffic;
  },
  close: () => {
    session.close();
  },
});
