export { environmentSchema } from './environment';
