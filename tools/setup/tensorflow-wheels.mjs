// The TensorFlow wheels that are downloaded, by flavour and platform. Only their C libraries and headers are used;
// there is no Python at run time. The hashes are those PyPI publishes; pip refuses any other file.

export const TENSORFLOW_VERSION = '2.21.0';

/** @typedef {{ name: string, version: string, sha256: string }} Wheel */

const tensorflow = (name, sha256) => ({ name, version: TENSORFLOW_VERSION, sha256 });

/**
 * What `pip install tensorflow[and-cuda]` adds. One matched set of CUDA 12.8, inside the ranges that the wheel's
 * metadata allows. The wheel finds them by its own RUNPATH, as siblings: tensorflow/ beside nvidia/.
 * This set has not been run by us: no machine with an NVIDIA GPU was at hand.
 */
const cudaLinuxX64 = [
  ['nvidia-cublas-cu12', '12.8.4.1', '8ac4e771d5a348c551b2a426eda6193c19aa630236b418086020df5ba9667142'],
  ['nvidia-cuda-cupti-cu12', '12.8.90', 'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182'],
  ['nvidia-cuda-nvcc-cu12', '12.8.93', '2d6dc36fb7cb5ac9c0b8825bc13d193c35487a315664007287d0126531238011'],
  ['nvidia-cuda-nvrtc-cu12', '12.8.93', 'a7756528852ef889772a84c6cd89d41dfa74667e24cca16bb31f8f061e3e9994'],
  ['nvidia-cuda-runtime-cu12', '12.8.90', 'adade8dcbd0edf427b7204d480d6066d33902cab2a4707dcfc48a2d0fd44ab90'],
  ['nvidia-cudnn-cu12', '9.10.2.21', '949452be657fa16687d0930933f032835951ef0892b37d2d53824d1a84dc97a8'],
  ['nvidia-cufft-cu12', '11.3.3.83', '4d2dd21ec0b88cf61b62e6b43564355e5222e4a3fb394cac0db101f2dd0d4f74'],
  ['nvidia-curand-cu12', '10.3.9.90', 'b32331d4f4df5d6eefa0554c565b626c7216f87a06a4f56fab27c3b68a830ec9'],
  ['nvidia-cusolver-cu12', '11.7.3.90', '4376c11ad263152bd50ea295c05370360776f8c3427b30991df774f9fb26c450'],
  ['nvidia-cusparse-cu12', '12.5.8.93', '1ec05d76bbbd8b61b06a80e1eaf8cf4959c3d4ce8e711b65ebd0443bb0ebb13b'],
  ['nvidia-nccl-cu12', '2.27.7', 'de5ba5562f08029a19cb1cd659404b18411ed0d6c90ac5f52f30bf99ad5809aa'],
  ['nvidia-nvjitlink-cu12', '12.8.93', '81ff63371a7ebd6e6451970684f916be2eab07321b73c9d244dc2b4da7f73b88'],
].map(([name, version, sha256]) => ({ name, version, sha256 }));

/** @type {Record<string, readonly Wheel[]>} by `<flavour>-<platform>-<architecture>`, as Node names them */
const wheels = {
  'cpu-linux-x64': [
    tensorflow('tensorflow-cpu', '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c'),
  ],
  // There is no tensorflow-cpu for this architecture; its tensorflow wheel is one for the CPU.
  'cpu-linux-arm64': [
    tensorflow('tensorflow', '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c'),
  ],
  'gpu-linux-x64': [
    tensorflow('tensorflow', '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124'),
    ...cudaLinuxX64,
  ],
};

/** The wheels of a flavour for this machine; undefined where there are none. */
export const wheelsFor = (flavour) => wheels[`${flavour}-${process.platform}-${process.arch}`];

/** pip's names for the machine, whatever machine pip itself believes to be on. */
export function pipPlatforms() {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
  const tags = ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux2010', 'manylinux1'];
  return tags.flatMap((tag) => ['--platform', `${tag}_${machine}`]);
}
