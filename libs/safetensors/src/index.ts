export { dtypeSizes, type DTypeArrays, type SafetensorsDType } from './dtype';
export {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
  type DecodedSafetensors,
  type SafeTensor,
} from './safetensors';
