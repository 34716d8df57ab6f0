import { ArchitectureError, resolveArchitecture } from '@fathom/resnet';
import { parameterNames, type ParameterName } from '@fathom/contracts';
import type { ArchitectureCheck } from './runnable-rules';

/** What does not depend on the data set's number of classes and channels, which only a worker may know. */
const anyImages = { channels: 3, classes: 10 };

/** Asks the library that will build the network whether it can. */
export const checkArchitecture: ArchitectureCheck = (config, imageSize) => {
  try {
    resolveArchitecture(config, { imageSize, ...anyImages });
    return undefined;
  } catch (error) {
    if (!(error instanceof ArchitectureError)) throw error;
    return { field: isParameter(error.field) ? error.field : 'depth', message: error.message };
  }
};

const isParameter = (field: string): field is ParameterName =>
  (parameterNames as readonly string[]).includes(field);
