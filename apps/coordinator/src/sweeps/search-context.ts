import { datasetFacts, type SweepSpec } from '@fathom/contracts';
import { countMacs, resolveArchitecture } from '@fathom/resnet';
import type { SearchContext } from '@fathom/search';

/** What does not depend on the data set's number of classes and channels, which only a worker may know. */
const anyImages = { channels: 3, classes: 10 };

/** What the search of this sweep may know of the networks it proposes. */
export function searchContextOf({ dataset }: Pick<SweepSpec, 'dataset'>): SearchContext {
  const { imageSize } = datasetFacts(dataset);
  return {
    epochCost: (config) => countMacs(resolveArchitecture(config, { imageSize, ...anyImages })),
  };
}
