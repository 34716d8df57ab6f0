export * from './postgres';
export * from './prometheus';
export * from './redis';
export { ServiceProcess, type ServiceCommand } from './service-process';
