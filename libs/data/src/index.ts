export { DataError } from './data-error';
export type { Dataset, ImageSet, OpenOptions } from './dataset';
export { defaultCacheDir, openDataset } from './open-dataset';
