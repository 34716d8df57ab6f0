/** A block of lines at the bottom of a terminal that is drawn over; printed lines scroll away above it. */
export class Screen {
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
