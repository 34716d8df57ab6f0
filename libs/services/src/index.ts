export * from './postgres';
export { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries';
export * from './prometheus';
export * from './redis';
export { ServiceProcess, type ServiceCommand } from './service-process';
