export * from './active-span';
export * from './settings';
export * from './start-tracer';
export * from './tracer';
