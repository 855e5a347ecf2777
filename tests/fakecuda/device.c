// What the device says of itself, to the runtime and through the driver's own library, and whether it still answers.
// FAKECUDA_DEVICES, FAKECUDA_DRIVER (12080: too old for CUDA 13), FAKECUDA_CAPABILITY and FAKECUDA_MEMORY_MIB describe it. It is lost as soon as the file
// FAKECUDA_LOST exists, or after FAKECUDA_LOST_AFTER kernels: every call fails then, as after an illegal address.
#include "fake.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

static const char device_name[] = "NVIDIA Fake GPU";

static __thread int current, last_error;
static int lost;
long kernels_run;

int fail(int error)
{
    last_error = error;
    return error;
}

static int is_lost(void)
{
    if (!lost && (kernels_run > settings.lost_after || (settings.lost_file && access(settings.lost_file, F_OK) == 0))) {
        lost = 1;
        record("lost");
    }

    return lost;
}

int device_state(void)
{
    if (settings.driver < 13000) {
        return fail(OLD_DRIVER);
    }

    if (settings.devices == 0) {
        return fail(NO_DEVICE);
    }

    return is_lost() ? fail(ILLEGAL_ADDRESS) : SUCCESS;
}

int cudaGetLastError(void)
{
    int error = lost ? ILLEGAL_ADDRESS : last_error;
    last_error = SUCCESS;
    return error;
}

int cudaPeekAtLastError(void)
{
    return lost ? ILLEGAL_ADDRESS : last_error;
}

const char *cudaGetErrorName(int error)
{
    switch (error) {
    case SUCCESS: return "cudaSuccess";
    case OUT_OF_MEMORY: return "cudaErrorMemoryAllocation";
    case OLD_DRIVER: return "cudaErrorInsufficientDriver";
    case NO_DEVICE: return "cudaErrorNoDevice";
    case INVALID_DEVICE: return "cudaErrorInvalidDevice";
    case ILLEGAL_ADDRESS: return "cudaErrorIllegalAddress";
    default: return "cudaErrorUnknown";
    }
}

const char *cudaGetErrorString(int error)
{
    switch (error) {
    case SUCCESS: return "no error";
    case OUT_OF_MEMORY: return "out of memory";
    case OLD_DRIVER: return "CUDA driver version is insufficient for CUDA runtime version";
    case NO_DEVICE: return "no CUDA-capable device is detected";
    case INVALID_DEVICE: return "invalid device ordinal";
    case ILLEGAL_ADDRESS: return "an illegal memory access was encountered";
    default: return "unknown error";
    }
}

int cudaGetDeviceCount(int *count)
{
    int state = device_state();
    *count = state == SUCCESS ? settings.devices : 0;
    return state;
}

int cudaGetDevice(int *device)
{
    REQUIRE_DEVICE();
    *device = current;
    return SUCCESS;
}

int cudaSetDevice(int device)
{
    REQUIRE_DEVICE();
    if (device < 0 || device >= settings.devices) {
        return fail(INVALID_DEVICE);
    }

    current = device;
    return SUCCESS;
}

int cudaDeviceReset(void)
{
    return SUCCESS;
}

int cudaDeviceGetPCIBusId(char *name, int length, int device)
{
    REQUIRE_DEVICE();
    snprintf(name, length, "0000:%02x:00.0", device);
    return SUCCESS;
}

int cudaDriverGetVersion(int *version)
{
    *version = settings.driver;
    return SUCCESS;
}

int cudaRuntimeGetVersion(int *version)
{
    *version = 13000;
    return SUCCESS;
}

// cudaDeviceProp of CUDA 13 (driver_types.h).
struct Properties {
    char name[256], uuid[16], luid[8];
    unsigned luid_mask;
    size_t global_memory, shared_per_block;
    int registers_per_block, warp_size;
    size_t pitch;
    int threads_per_block, block_dimensions[3], grid_dimensions[3];
    size_t constant_memory;
    int major, minor;
    size_t texture_alignment, texture_pitch_alignment;
    int multiprocessors, integrated, maps_host_memory, textures[27], surfaces[13];
    size_t surface_alignment;
    int concurrent_kernels, ecc, pci_bus, pci_device, pci_domain, tcc_driver, copy_engines, unified_addressing, memory_bus_bits, l2_bytes, l2_persisting;
    int threads_per_multiprocessor, stream_priorities, global_l1, local_l1;
    size_t shared_per_multiprocessor;
    int registers_per_multiprocessor, managed_memory, multi_gpu_board, multi_gpu_group, host_atomics, pageable_access, concurrent_managed, preemption;
    int registered_host_pointers, cooperative_launch;
    size_t shared_per_block_optin;
    int host_page_tables, direct_managed, blocks_per_multiprocessor, access_window;
    size_t shared_reserved;
    int host_register, sparse_arrays, read_only_register, timeline_semaphores, memory_pools, gpu_direct;
    unsigned gpu_direct_flush;
    int gpu_direct_ordering;
    unsigned pool_handles;
    int deferred_arrays, ipc_events, cluster_launch, unified_pointers, numa, numa_id, mps, host_numa_id;
    unsigned pci_device_id, pci_subsystem_id;
    int multinode_ipc, reserved[56];
};

int cudaGetDeviceProperties(struct Properties *properties, int device)
{
    REQUIRE_DEVICE();
    (void)device;
    *properties = (struct Properties){
        .global_memory = settings.memory, .shared_per_block = 49152, .registers_per_block = 65536, .warp_size = 32, .pitch = 2147483647,
        .threads_per_block = 1024, .block_dimensions = { 1024, 1024, 64 }, .grid_dimensions = { 2147483647, 65535, 65535 }, .constant_memory = 65536,
        .major = settings.major, .minor = settings.minor, .texture_alignment = 512, .texture_pitch_alignment = 32, .multiprocessors = 132,
        .maps_host_memory = 1, .surface_alignment = 512, .concurrent_kernels = 1, .copy_engines = 3, .unified_addressing = 1, .memory_bus_bits = 5120,
        .l2_bytes = 52428800, .threads_per_multiprocessor = 2048, .shared_per_multiprocessor = 233472, .registers_per_multiprocessor = 65536,
        .cooperative_launch = 1, .shared_per_block_optin = 232448, .blocks_per_multiprocessor = 32, .shared_reserved = 1024, .memory_pools = 1,
        .cluster_launch = 1,
    };
    strcpy(properties->name, device_name);
    return SUCCESS;
}

// cudaDeviceAttr: only what a program asks for to choose a kernel; all others are switches, which are on.
static int attribute_of(int attribute)
{
    switch (attribute) {
    case 1: return 1024;        // threads per block
    case 8: return 49152;       // shared memory per block
    case 10: return 32;         // threads per warp
    case 12: return 65536;      // registers per block
    case 16: return 132;        // multiprocessors
    case 38: return 52428800;   // L2 cache
    case 39: return 2048;       // threads per multiprocessor
    case 75: return settings.major;
    case 76: return settings.minor;
    case 81: return 233472;     // shared memory per multiprocessor
    case 82: return 65536;      // registers per multiprocessor
    case 97: return 232448;     // shared memory per block, as an option
    case 106: return 32;        // blocks per multiprocessor
    case 111: return 1024;      // shared memory that is reserved
    default: return 1;
    }
}

int cudaDeviceGetAttribute(int *value, int attribute, int device)
{
    (void)device;
    REQUIRE_DEVICE();
    *value = attribute_of(attribute);
    return SUCCESS;
}

// --- The driver's library. cuInit and the version need no device that works.

int cuInit(unsigned flags)
{
    (void)flags;
    return settings.devices > 0 ? SUCCESS : NO_DEVICE;
}

int cuDriverGetVersion(int *version)
{
    return cudaDriverGetVersion(version);
}

int cuDeviceGetCount(int *count)
{
    *count = settings.devices;
    return SUCCESS;
}

int cuDeviceGet(int *device, int ordinal)
{
    *device = ordinal;
    return ordinal >= 0 && ordinal < settings.devices ? SUCCESS : INVALID_DEVICE;
}

int cuDeviceGetName(char *name, int length, int device)
{
    (void)device;
    snprintf(name, length, "%s", device_name);
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t *bytes, int device)
{
    (void)device;
    *bytes = settings.memory;
    return SUCCESS;
}

int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    (void)device;
    *value = attribute_of(attribute);
    return SUCCESS;
}

int cuGetErrorName(int error, const char **name)
{
    *name = cudaGetErrorName(error);
    return SUCCESS;
}

int cuGetErrorString(int error, const char **text)
{
    *text = cudaGetErrorString(error);
    return SUCCESS;
}

// Describes a tensor to a kernel, which has no use for it here.
int cuTensorMapEncodeTiled(void)
{
    return SUCCESS;
}

int cudaGetDriverEntryPointByVersion(const char *name, void **function, unsigned version, unsigned long long flags, int *found)
{
    (void)version, (void)flags;
    void *library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    *function = dlsym(library ? library : RTLD_DEFAULT, name);
    record("entrypoint name=%s found=%d", name, *function != NULL);
    if (found) {
        *found = *function ? 0 : 1;
    }

    return SUCCESS;
}
