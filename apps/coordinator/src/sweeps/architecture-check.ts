import { ArchitectureError } from '@fathom/resnet';
import { parameterNames, type ParameterName } from '@fathom/contracts';
import { architectureOf } from './architecture-of';
import type { ArchitectureCheck } from './runnable-rules';

/** Asks the library that will build the network whether it can. */
export const checkArchitecture: ArchitectureCheck = (config, imageSize) => {
  try {
    architectureOf(config, imageSize);
    return undefined;
  } catch (error) {
    if (!(error instanceof ArchitectureError)) throw error;
    return { field: isParameter(error.field) ? error.field : 'depth', message: error.message };
  }
};

const isParameter = (field: string): field is ParameterName =>
  (parameterNames as readonly string[]).includes(field);
