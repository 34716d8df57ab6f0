import { PassThrough } from 'node:stream';
import { followLines } from './followed-lines';

describe('followLines', () => {
  it('puts lines together from pieces, and cuts long ones', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    followLines(stream, 10, (line) => lines.push(line));
    for (const piece of ['one\ntw', 'o\r\n\nabcdefghijklm', 'nop', '\nlast']) stream.write(piece);
    stream.end();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(lines).toEqual(['one', 'two', '', 'abcdefghij', 'last']);
  });
});
