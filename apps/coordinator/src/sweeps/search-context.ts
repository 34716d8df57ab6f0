import { datasetFacts, type SweepSpec } from '@fathom/contracts';
import { countMacs } from '@fathom/resnet';
import type { SearchContext } from '@fathom/search';
import { architectureOf } from './architecture-of';

/** What the search of this sweep may know of the networks it proposes. */
export function searchContextOf({ dataset }: Pick<SweepSpec, 'dataset'>): SearchContext {
  const { imageSize } = datasetFacts(dataset);
  return {
    epochCost: (config) => countMacs(architectureOf(config, imageSize)),
  };
}
