import type { SweepDetail } from '@fathom/contracts';
import type { ApiClient } from './client/api-client';
import { liveEvents } from './client/live-events';
import { applyLiveEvent, liveStateOf } from './render/live-state';
import { liveFrame, liveLine } from './render/live-view';

const REDRAW_MS = 200;

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
  const screen = out.isTTY ? new Screen(out) : undefined;
  const timer = screen && setInterval(() => screen.draw(liveFrame(state)), REDRAW_MS);
  try {
    for await (const event of liveEvents(client.url, sweepId, signal)) {
      // Later trials of a search that decides as it goes are unknown until their first event.
      if ('number' in event && !state.has(event.number))
        state = new Map([...liveStateOf(await client.allTrials(sweepId)), ...state]);
      state = applyLiveEvent(state, event);
      const line = liveLine(state, event);
      if (line !== undefined) {
        if (screen === undefined) out.write(`${line}\n`);
        else if (event.type !== 'epochReported') screen.print(line, liveFrame(state));
      }
    }
  } finally {
    clearInterval(timer);
    screen?.draw([]);
  }
  return client.sweep(sweepId);
}

/** A block of lines at the bottom of a terminal that is drawn over; printed lines scroll away above it. */
class Screen {
  private height = 0;

  constructor(private readonly out: NodeJS.WriteStream) {}

  draw(lines: readonly string[]): void {
    this.out.write(this.erased() + lines.map((line) => `${this.cut(line)}\n`).join(''));
    this.height = lines.length;
  }

  print(line: string, frame: readonly string[]): void {
    this.out.write(`${this.erased()}${line}\n`);
    this.height = 0;
    this.draw(frame);
  }

  private erased(): string {
    return this.height === 0 ? '' : `\u001b[${this.height}A\u001b[J`;
  }

  /** A line longer than the terminal would wrap and break the count of lines. */
  private cut(line: string): string {
    return Array.from(line)
      .slice(0, Math.max(20, this.out.columns - 1))
      .join('');
  }
}
