// Kernels by name: they are registered while a library loads, launched by the address of their host function, logged, and compute nothing.
#include "fake.h"

#include <stdio.h>

// More than the provider has, by far; a power of two.
#define SLOTS (1u << 18)

typedef struct {
    const void *function;
    const char *name;
} Kernel;

typedef struct {
    Dim3 grid, block;
    size_t shared;
    void *stream, *attributes;
    unsigned attribute_count;
} LaunchConfiguration;

static Kernel kernels[SLOTS];
static __thread LaunchConfiguration pushed;

// The function's slot, or the free one where it would go.
static Kernel *slot_of(const void *function)
{
    uint64_t hash = (uintptr_t)function * 0x9E3779B97F4A7C15ull;
    for (unsigned i = hash >> 46, probes = 0; probes < SLOTS; i++, probes++) {
        Kernel *kernel = &kernels[i % SLOTS];
        if (kernel->function == function || !kernel->function) {
            return kernel;
        }
    }

    fputs("fakecuda: too many kernels\n", stderr);
    abort();
}

// Libraries load one after the other, so registration needs no lock.
void __cudaRegisterFunction(void **module, const void *function, char *stub, const char *name, int limit, void *a, void *b, void *c, void *d, int *e)
{
    (void)module, (void)stub, (void)limit, (void)a, (void)b, (void)c, (void)d, (void)e;
    *slot_of(function) = (Kernel){ function, name };
}

void **__cudaRegisterFatBinary(void *binary)
{
    (void)binary;
    return calloc(1, sizeof(void *));
}

void __cudaRegisterFatBinaryEnd(void **module)
{
    (void)module;
}

void __cudaUnregisterFatBinary(void **module)
{
    free(module);
}

void __cudaRegisterVar(void **module, char *variable, char *address, const char *name, int external, size_t bytes, int constant, int global)
{
    (void)module, (void)variable, (void)address, (void)name, (void)external, (void)bytes, (void)constant, (void)global;
}

static int launch(const void *function, Dim3 grid, Dim3 block, void *handle)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    const char *name = slot_of(function)->name;
    record("kernel stream=%d grid=%u,%u,%u block=%u,%u,%u name=%s", stream->id, grid.x, grid.y, grid.z, block.x, block.y, block.z, name ? name : "?");
    compute(stream);
    return SUCCESS;
}

// kernel<<<...>>>() pushes its configuration, and the compiler's stub of the kernel pops it and launches.
unsigned __cudaPushCallConfiguration(Dim3 grid, Dim3 block, size_t shared, void *stream)
{
    pushed = (LaunchConfiguration){ .grid = grid, .block = block, .shared = shared, .stream = stream };
    return SUCCESS;
}

int __cudaPopCallConfiguration(Dim3 *grid, Dim3 *block, size_t *shared, void *stream)
{
    *grid = pushed.grid;
    *block = pushed.block;
    *shared = pushed.shared;
    *(void **)stream = pushed.stream;
    return SUCCESS;
}

int __cudaGetKernel(const void **kernel, const void *function)
{
    *kernel = function;
    return SUCCESS;
}

int cudaLaunchKernel(const void *function, Dim3 grid, Dim3 block, void **arguments, size_t shared, void *stream)
{
    (void)arguments, (void)shared;
    return launch(function, grid, block, stream);
}

int __cudaLaunchKernel(const void *function, Dim3 grid, Dim3 block, void **arguments, size_t shared, void *stream)
{
    return cudaLaunchKernel(function, grid, block, arguments, shared, stream);
}

int cudaLaunchCooperativeKernel(const void *function, Dim3 grid, Dim3 block, void **arguments, size_t shared, void *stream)
{
    return cudaLaunchKernel(function, grid, block, arguments, shared, stream);
}

int cudaLaunchKernelExC(const LaunchConfiguration *configuration, const void *function, void **arguments)
{
    (void)arguments;
    return launch(function, configuration->grid, configuration->block, configuration->stream);
}

// --- Kernels of libraries that are loaded at run time (TensorRT-LLM's, in the provider).

int cudaLibraryLoadData(void **library, const void *code, void *a, void *b, unsigned c, void *d, void *e, unsigned f)
{
    (void)code, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
    record("library");
    *library = calloc(1, 1);
    return SUCCESS;
}

int cudaLibraryUnload(void *library)
{
    free(library);
    return SUCCESS;
}

int cudaLibraryGetKernel(void **kernel, void *library, const char *name)
{
    (void)library;
    *kernel = strdup(name);
    *slot_of(*kernel) = (Kernel){ *kernel, *kernel };
    return SUCCESS;
}

int cudaKernelSetAttributeForDevice(void *kernel, int attribute, int value, int device)
{
    (void)kernel, (void)attribute, (void)value, (void)device;
    return SUCCESS;
}

int cudaFuncSetAttribute(const void *function, int attribute, int value)
{
    (void)function, (void)attribute, (void)value;
    return SUCCESS;
}

struct FunctionAttributes {
    size_t shared_bytes, constant_bytes, local_bytes;
    int threads_per_block, registers, ptx_version, binary_version, rest[25];
};

int cudaFuncGetAttributes(struct FunctionAttributes *attributes, const void *function)
{
    (void)function;
    int version = settings.major * 10 + settings.minor;
    *attributes = (struct FunctionAttributes){ .threads_per_block = 1024, .registers = 64, .ptx_version = version, .binary_version = version };
    return SUCCESS;
}

int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *function, int threads, size_t shared, unsigned flags)
{
    (void)function, (void)threads, (void)shared, (void)flags;
    *blocks = 2;
    return SUCCESS;
}
