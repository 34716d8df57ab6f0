import type { LiveEvent, SweepDetail, SweepState } from '@fathom/contracts';
import type { ApiClient } from './client/api-client';
import { liveEvents } from './client/live-events';
import { applyLiveEvent, liveStateOf } from './render/live-state';
import { liveFrame, liveLine } from './render/live-view';
import { Screen } from './render/screen';

const REDRAW_MS = 200;

const numbersIn = (event: LiveEvent): readonly number[] => {
  if (event.type === 'sweepChanged') return [];
  return event.type === 'trialsCreated' ? event.trials.map(({ number }) => number) : [event.number];
};

/**
 * Shows a sweep until it ends: redrawn in place on a terminal, one line per event elsewhere.
 *
 * @returns the sweep as it ended, or as it was when `signal` said stop
 */
export async function watchSweep(
  client: ApiClient,
  sweepId: string,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<SweepDetail> {
  let state = liveStateOf(await client.allTrials(sweepId));
  let sweep: SweepState = 'running';
  const screen = out.isTTY ? new Screen(out) : undefined;
  const timer = screen && setInterval(() => screen.draw(liveFrame(state, sweep)), REDRAW_MS);
  try {
    for await (const event of liveEvents(client.url, sweepId, signal)) {
      // Later trials of a search that decides as it goes are unknown until their first event.
      if (numbersIn(event).some((number) => !state.has(number)))
        state = new Map([...liveStateOf(await client.allTrials(sweepId)), ...state]);
      if (event.type === 'sweepChanged') sweep = event.state;
      state = applyLiveEvent(state, event);
      const line = liveLine(state, event);
      if (line !== undefined) {
        if (screen === undefined) out.write(`${line}\n`);
        else if (event.type !== 'epochReported') screen.print(line, liveFrame(state, sweep));
      }
    }
  } finally {
    clearInterval(timer);
    screen?.draw([]);
  }
  return client.sweep(sweepId);
}
