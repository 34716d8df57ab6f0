import type { LiveEvent } from '@fathom/contracts';

type Listener = (event: LiveEvent) => void;

/** Hands live events to the open streams of their sweep. A listener must not throw or wait. */
export class LiveHub {
  private readonly listeners = new Map<string, Set<Listener>>();

  publish(event: LiveEvent): void {
    for (const listener of this.listeners.get(event.sweepId) ?? []) listener(event);
  }

  /** @returns ends the subscription */
  subscribe(sweepId: string, listener: Listener): () => void {
    const ofSweep = this.listeners.get(sweepId) ?? new Set<Listener>();
    this.listeners.set(sweepId, ofSweep.add(listener));
    return () => {
      ofSweep.delete(listener);
      if (ofSweep.size === 0) this.listeners.delete(sweepId);
    };
  }
}
