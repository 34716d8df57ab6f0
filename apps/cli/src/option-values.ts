import { InvalidArgumentError } from 'commander';
import { parse } from 'yaml';

/** For commander: a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return value;
}

/** For commander: whole numbers with commas between them. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber);
}

/** For commander: a TCP port. */
export function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('Expected a port, 1 to 65535.');
  return value;
}

/** For commander: an object in YAML or JSON, on one line. */
export function yamlObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Expected YAML or JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidArgumentError('Expected fields with values, such as { maxDeviceHours: 8 }.');
  return value as Record<string, unknown>;
}
