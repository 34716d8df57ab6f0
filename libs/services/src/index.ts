export * from './postgres';
export * from './prometheus';
export * from './redis';
