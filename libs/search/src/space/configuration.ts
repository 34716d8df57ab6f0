import type { ParameterName, ParameterValue } from '@fathom/contracts';

/** Values of the parameters that a trial's search decided; those that are inactive under their conditions are absent. */
export type Configuration = Readonly<Partial<Record<ParameterName, ParameterValue>>>;
