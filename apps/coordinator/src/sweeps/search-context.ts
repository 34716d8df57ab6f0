import { datasetFacts, type SweepSpec } from '@fathom/contracts';
import { architectureAt, countMacs, epochsBySize } from '@fathom/resnet';
import type { SearchContext } from '@fathom/search';
import { architectureOf } from './architecture-of';

/** What the search of this sweep may know of the networks it proposes. */
export function searchContextOf({ dataset }: Pick<SweepSpec, 'dataset'>): SearchContext {
  const { imageSize } = datasetFacts(dataset);
  return {
    epochCost: (config) => {
      const architecture = architectureOf(config, imageSize);
      let macs = 0;
      for (const [size, epochs] of epochsBySize(config, imageSize))
        macs += epochs * countMacs(architectureAt(config, architecture, size));
      return macs / config.epochs;
    },
  };
}
