export * from './available-memory';
export * from './env';
export * from './logger';
export * from './memory-kills';
export * from './metrics';
export * from './shutdown';
