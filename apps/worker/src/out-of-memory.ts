/**
 * What TensorFlow, oneDNN (whose status 1 is that), the C++ library, V8 and the system say when an allocation fails. On a GPU that is an exception of
 * TensorFlow; on a CPU it may end the process.
 */
const OUT_OF_MEMORY =
  /OOM when allocating|RESOURCE_EXHAUSTED|Resource exhausted|bad_alloc|JavaScript heap out of memory|Fatal javascript OOM|process out of memory|JavaScript out of memory|Array buffer allocation failed|Cannot allocate memory|could not create a memory object|Status: 1, message: could not create|'tensor' Must be non NULL/;

/** Whether the words of an error or a log are about memory that could not be had. */
export const isAboutMemory = (text: string): boolean => OUT_OF_MEMORY.test(text);
