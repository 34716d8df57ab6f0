/* A stand-in for NVIDIA's libnvidia-ml with three devices, whose answers a test can change. */
#include <string.h>

typedef struct { int index; } device_t;
typedef struct { unsigned int gpu, memory; } rates_t;
typedef struct { unsigned long long total, free, used; } memory_t;

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, LOST = 15 };

static device_t devices[3] = {{0}, {1}, {2}};
static int initialised = 0, init_code = SUCCESS, code_of[3] = {0, 0, 0};

/* For the test: what all questions about a device, and the initialisation, answer. */
void stub_set_device(int index, int code) { code_of[index] = code; }
void stub_set_init(int code) { init_code = code; initialised = 0; }

int nvmlInit_v2(void) { if (init_code == SUCCESS) initialised = 1; return init_code; }
int nvmlShutdown(void) { initialised = 0; return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned int *count) { if (!initialised) return UNINITIALIZED; *count = 3; return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, device_t **device) {
  if (index > 2) return INVALID;
  *device = &devices[index];
  return code_of[index];
}
int nvmlDeviceGetName(device_t *device, char *name, unsigned int length) {
  strncpy(name, device->index == 2 ? "NVIDIA A100 MIG 1g.5gb" : "NVIDIA H100 80GB HBM3", length);
  return SUCCESS;
}
/* The last device is a part of one: MIG tells neither utilisation nor power. */
int nvmlDeviceGetUtilizationRates(device_t *device, rates_t *rates) {
  if (device->index == 2) return NOT_SUPPORTED;
  rates->gpu = 25 + 50 * device->index;
  rates->memory = 10;
  return SUCCESS;
}
int nvmlDeviceGetMemoryInfo(device_t *device, memory_t *memory) {
  memory->total = device->index == 2 ? 5000000000ULL : 85899345920ULL;
  memory->used = 1000000000ULL * (device->index + 1);
  memory->free = memory->total - memory->used;
  return SUCCESS;
}
int nvmlDeviceGetPowerUsage(device_t *device, unsigned int *milliwatts) {
  if (device->index == 2) return NOT_SUPPORTED;
  *milliwatts = 350500 + 1000 * device->index;
  return SUCCESS;
}
int nvmlDeviceGetTemperature(device_t *device, unsigned int sensor, unsigned int *degrees) {
  if (sensor != 0) return INVALID;
  *degrees = 40 + device->index;
  return SUCCESS;
}
