import { startRedis } from '@fathom/services';
import { useService, type ServiceForTests } from './use-service';

export type RedisForTests = ServiceForTests;

/** A Redis that belongs to the tests of the surrounding `describe` (or file) alone. */
export const useRedis = (): RedisForTests =>
  useService('Redis', (options) => startRedis({ ...options, appendOnly: true }));
