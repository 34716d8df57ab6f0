export * from './builders';
export * from './eventually';
export * from './spawn-node';
export { useTempDir } from './temp-dir';
export * from './use-postgres';
export * from './use-redis';
export { type Fault } from './faulty-proxy';
export * from './use-object-store';
export * from './redis-servers';
