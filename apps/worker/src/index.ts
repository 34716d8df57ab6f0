export { environmentSchema, type Environment } from './environment';
