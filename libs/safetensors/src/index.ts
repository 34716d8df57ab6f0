export { dtypeSizes, type DTypeArrays, type SafetensorsDType } from './dtype';
export { asFloat32, isFloatTensor, type FloatTensor } from './float32';
export {
  decodeSafetensors,
  encodeSafetensors,
  safetensorsParts,
  SafetensorsError,
  type DecodedSafetensors,
  type SafeTensor,
} from './safetensors';
