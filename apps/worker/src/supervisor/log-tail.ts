/** The last lines of a process's output, for the log of a failure. */
export class LogTail {
  private readonly lines: string[] = [];

  constructor(
    private readonly maxLines: number,
    private readonly maxLength: number,
  ) {}

  add(line: string): void {
    this.lines.push(line.slice(0, this.maxLength));
    if (this.lines.length > this.maxLines) this.lines.shift();
  }

  text(): string {
    return this.lines.join('\n');
  }
}
