/** Answers that go on for as long as there is something to say, and would keep the server from closing. */
export class OpenAnswers {
  private readonly open = new Set<AbortController>();

  /** @param answer ends when it is aborted; what it throws thereupon is no error */
  async during(answer: (abort: AbortController) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    this.open.add(abort);
    try {
      await answer(abort);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      this.open.delete(abort);
    }
  }

  end(): void {
    for (const abort of this.open) abort.abort();
  }
}
