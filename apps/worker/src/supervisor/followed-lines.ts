import type { Readable } from 'node:stream';

/**
 * Calls `onLine` for every line of a text as it comes. Of a longer line than `maxLength` only the beginning is kept, so
 * that an output without an end to its line takes no memory.
 */
export function followLines(stream: Readable, maxLength: number, onLine: (line: string) => void): void {
  let line = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [rest = '', ...others] = text.split('\n');
    line = (line + rest).slice(0, maxLength);
    for (const next of others) {
      onLine(line.replace(/\r$/, ''));
      line = next.slice(0, maxLength);
    }
  });
  stream.on('end', () => {
    if (line !== '') onLine(line);
  });
}
