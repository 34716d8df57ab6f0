import { ordinal, standingInWords, valuesInWords } from './reasons';

describe('words of reasons', () => {
  it('counts places', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 111, 102].map(ordinal)).toEqual([
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '111th',
      '102nd',
    ]);
    expect(standingInWords({ rank: 1, of: 9 }, '')).toBe('best of 9');
    expect(standingInWords({ rank: 4, of: 8 }, 'depth 20')).toBe('4th of 8 of depth 20');
    expect(standingInWords({ rank: 4, of: 8, isAtWorst: true }, '')).toBe('at worst 4th of 8');
    expect(standingInWords({ rank: undefined, of: 8 }, '')).toBe('among the worst of 8');
  });

  it('says objectives, not losses', () => {
    const words = valuesInWords({
      objective: { metric: 'validationError', goal: 'minimize' },
      furtherObjectives: [{ metric: 'parameters', goal: 'maximize' }],
    });
    expect(words([0.612345, -270_000])).toBe('0.6123 / 270000');
  });
});
