export { DataError } from './data-error';
export type { Dataset, ImageSet, OpenOptions } from './dataset';
export { readImages } from './folder/decode';
export { defaultCacheDir, openDataset } from './open-dataset';
