import { reportSchema, sweepSpecSchema, trainJobSchema } from '@fathom/contracts';
import { aReport, aSweepSpec, aTrainJob } from './builders';

describe('builders', () => {
  it('make valid objects that keep what they are given', () => {
    const spec = aSweepSpec({ name: 'wide', recipe: { width: 2 } });
    expect(spec).toMatchObject({ name: 'wide', recipe: { width: 2 } });
    expect(sweepSpecSchema.parse(spec)).toEqual(spec);
    const job = aTrainJob({ trialNumber: 7 });
    expect(job.trialNumber).toBe(7);
    expect(trainJobSchema.parse(job)).toEqual(job);
    expect(aTrainJob().trialId).not.toBe(job.trialId);
  });

  it('refuse an override that makes the object invalid', () => {
    expect(() => aTrainJob({ trialNumber: 0 })).toThrow('trialNumber');
  });

  it.each(reportSchema.options.map((option) => option.shape.type.value))('make a valid %s', (type) => {
    expect(aReport(type, { fence: 3 })).toMatchObject({ type, fence: 3 });
  });
});
