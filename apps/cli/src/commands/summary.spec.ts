import { createProgram } from '../main';
import { UsageError } from '../exit-codes';

function run(...args: string[]): string {
  const lines: string[] = [];
  const write = jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    createProgram().parse(['node', 'fathom', 'summary', ...args]);
    return lines.join('');
  } finally {
    write.mockRestore();
  }
}

describe('fathom summary', () => {
  it('takes the image size and classes of the family that the depth belongs to', () => {
    expect(run('50', '--per', 'stage')).toMatch(
      /3x224x224, 1000 classes[^]*total +25,557,032 +4,089,184,256/,
    );
    expect(run('20', '--per', 'stage', '--shortcut', 'zero-pad')).toMatch(
      /3x32x32, 10 classes[^]*total +269,722 +40,551,040/,
    );
    expect(run('50', '--family', 'cifar', '--per', 'stage')).toMatch(/50 layers, cifar stem, .*3x32x32/);
  });

  it('says what training takes, less in parts and in bfloat16', () => {
    const bytes = (...args: string[]) => {
      const json = JSON.parse(run('20', '--json', ...args)) as {
        training: { memory: { activations: number; total: number } };
      };
      return json.training.memory;
    };
    const whole = bytes('--batch', '64');
    expect(bytes('--batch', '64', '--precision', 'bfloat16').activations / whole.activations).toBeCloseTo(
      0.5,
      1,
    );
    expect(bytes('--batch', '64', '--accumulation-steps', '4').activations).toBeLessThan(
      whole.activations / 3,
    );
    expect(bytes('--batch', '32').total).toBeLessThan(whole.total);
    expect(run('20', '--batch', '64')).toMatch(/predicted: batch 64, float32\n.*weights.* MB\n/);
  });

  it("shows a part, and a network of one's own", () => {
    const lines = run('16', '--stages', '2x16,3x32,2x64', '--only', 'layer2.0').split('\n');
    expect(lines.filter((line) => line.startsWith('layer'))).toHaveLength(10);
    expect(run('18', '--image-size', '896', '--only', 'layer2.0', '--style', 'paddle')).toContain(
      'Estimated Total Size (MB): 111.13',
    );
  });

  it.each([
    [['21'], /^depth: given 21, .*nearest 20 and 26/],
    [['20', '--stages', '2x16,3x32,2x64'], /^depth: given 20, allowed is 16 with basic blocks or 23/],
    [['3000'], /^--depth: /],
    [['20', '--only', 'layer4'], /^--only: given layer4, allowed is one of conv1, layer1, layer2, layer3, /],
    [['20', '--batch', '10', '--accumulation-steps', '3'], /^--accumulation-steps: given 3/],
  ])('refuses %j', (args, message) => {
    expect(() => run(...args)).toThrow(UsageError);
    expect(() => run(...args)).toThrow(message);
  });
});
