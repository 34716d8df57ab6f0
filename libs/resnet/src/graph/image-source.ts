import {
  assign,
  assignRows,
  cast,
  fill,
  gatherStored,
  identity,
  packedBytes,
  packedLength,
  placeholder,
  reshape,
  series,
  sizeOf,
  Stored,
  unpackBytes,
  type Graph,
  type Tensor,
} from '@fathom/graph';
import type { Architecture } from '../architecture/architecture';
import { feedNames } from './feeds';

/**
 * Where the images of a batch come from. resident: from the memory of the device, where all `count` images lie as
 * uint8, so that a batch is fed as indices. fed: from the host, with every batch.
 */
export type ImageSourceSpec =
  { readonly kind: 'fed' } | { readonly kind: 'resident'; readonly count: number };

export interface ImageSource {
  /** A row of images [rowSize, size, size, channels] and labels [rowSize]. @param row scalar, within the call */
  at(row: Tensor<'int32'>): { readonly images: Tensor<'uint8'>; readonly labels: Tensor<'int32'> };
  /** How the images get into the device; absent where they are fed. */
  readonly filling?: Filling;
}

export interface Filling {
  /** Fetch that makes room for all images. */
  readonly reserve: string;
  /** Fetch that puts a chunk of images in its place. */
  readonly put: string;
  /** Images of a chunk. */
  readonly chunkRows: number;
}

/** Few enough for a small copy on the host, and enough for few calls. */
const CHUNK_BYTES = 2 ** 24;

export function imageSource(
  graph: Graph,
  spec: ImageSourceSpec,
  rowSize: number,
  { imageSize, channels }: Pick<Architecture, 'imageSize' | 'channels'>,
): ImageSource {
  const imageShape = [imageSize, imageSize, channels];
  return spec.kind === 'fed'
    ? fedImages(graph, [rowSize, ...imageShape])
    : residentImages(graph, spec.count, [rowSize, ...imageShape]);
}

function fedImages(graph: Graph, shape: readonly [number, ...number[]]): ImageSource {
  const images = series(graph, feedNames.images, 'int32', [packedLength(sizeOf(shape))]);
  const labels = series(graph, feedNames.labels, 'int32', [shape[0]]);
  return { at: (row) => ({ images: unpackBytes(images.at(row), shape), labels: labels.at(row) }) };
}

function residentImages(graph: Graph, count: number, shape: readonly [number, ...number[]]): ImageSource {
  const [rowSize, ...imageShape] = shape;
  const imageBytes = sizeOf(imageShape);
  const images = new Stored(graph, 'data.images', 'uint8', [count, imageBytes]);
  // TensorFlow keeps int32 variables on the host even where a GPU computes.
  const labels = new Stored(graph, 'data.labels', 'int64', [count]);
  const indices = series(graph, feedNames.indices, 'int32', [rowSize]);
  return {
    at: (row) => {
      const which = indices.at(row);
      return {
        images: reshape(gatherStored(images, which), shape),
        labels: cast(gatherStored(labels, which), 'int32'),
      };
    },
    filling: filling(graph, images, labels),
  };
}

function filling(graph: Graph, images: Stored<'uint8'>, labels: Stored<'int64'>): Filling {
  const [count = 0, imageBytes = 1] = images.shape;
  const chunkRows = Math.min(count, Math.max(1, Math.floor(CHUNK_BYTES / imageBytes)));
  const begin = placeholder(graph, feedNames.chunkBegin, 'int32', [1]);
  const chunk = packedBytes(graph, feedNames.chunkImages, [chunkRows, imageBytes]);
  const chunkLabels = placeholder(graph, feedNames.chunkLabels, 'int32', [chunkRows]);
  const done = (name: string, after: Parameters<typeof identity>[1]) =>
    identity(fill(graph, 'float32', 1, []), { name, ...after }).name;
  return graph.scope('chunk', () => ({
    chunkRows,
    reserve: done('reserve', {
      after: [
        assign(images, fill(graph, 'uint8', 0, images.shape)),
        assign(labels, fill(graph, 'int64', 0, labels.shape)),
      ],
    }),
    put: done('put', {
      after: [assignRows(images, begin, chunk), assignRows(labels, begin, cast(chunkLabels, 'int64'))],
    }),
  }));
}
