// Memory of the device and page-locked memory of the host, both in this process, and the copies between them.
// FAKECUDA_MEMORY_MIB: cudaMalloc fails beyond it. FAKECUDA_LARGEST_ALLOCATION: it fails for more bytes at once. FAKECUDA_FULL: it fails as soon as this
// file exists. FAKECUDA_FEATURES=nan: see copy_out.
#include "fake.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

typedef enum { PAGEABLE, PINNED, DEVICE } Place;

typedef struct Block {
    struct Block *next;
    uint8_t *start;
    size_t bytes;
    Place place;
} Block;

static const char *const place_names[] = { "pageable", "pinned", "device" };
static const char *const direction_names[] = { "H2H", "H2D", "D2H", "D2D", "by-address" };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Block *blocks;
static size_t total, peak;

// Zeros, of which only touched pages take memory.
static void *reserve(size_t bytes, Place place)
{
    Block *block = malloc(sizeof *block);
    *block = (Block){ NULL, mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), bytes, place };
    if (block->start == MAP_FAILED) {
        free(block);
        return NULL;
    }

    pthread_mutex_lock(&mutex);
    block->next = blocks;
    blocks = block;
    total += place == DEVICE ? bytes : 0;
    peak = total > peak ? total : peak;
    pthread_mutex_unlock(&mutex);
    return block->start;
}

static size_t release(void *pointer)
{
    size_t bytes = 0;
    pthread_mutex_lock(&mutex);
    for (Block **link = &blocks; *link; link = &(*link)->next) {
        Block *block = *link;
        if (block->start == pointer) {
            *link = block->next;
            bytes = block->bytes;
            total -= block->place == DEVICE ? bytes : 0;
            munmap(block->start, bytes);
            free(block);
            break;
        }
    }

    pthread_mutex_unlock(&mutex);
    return bytes;
}

static Place place_of(const void *pointer)
{
    Place place = PAGEABLE;
    const uint8_t *address = pointer;
    pthread_mutex_lock(&mutex);
    for (Block *block = blocks; block; block = block->next) {
        if (address >= block->start && address < block->start + block->bytes) {
            place = block->place;
            break;
        }
    }

    pthread_mutex_unlock(&mutex);
    return place;
}

size_t free_memory(void)
{
    return settings.memory > total ? settings.memory - total : 0;
}

static int is_full(size_t bytes)
{
    return bytes > free_memory() || bytes > settings.largest_allocation || (settings.full_file && access(settings.full_file, F_OK) == 0);
}

int cudaMalloc(void **pointer, size_t bytes)
{
    REQUIRE_DEVICE();
    *pointer = is_full(bytes) ? NULL : reserve(bytes ? bytes : 1, DEVICE);
    record("malloc bytes=%zu total=%zu peak=%zu ok=%d", bytes, total, peak, *pointer != NULL);
    return *pointer ? SUCCESS : fail(OUT_OF_MEMORY);
}

int cudaMallocAsync(void **pointer, size_t bytes, void *stream)
{
    (void)stream;
    return cudaMalloc(pointer, bytes);
}

int cudaMallocFromPoolAsync(void **pointer, size_t bytes, void *pool, void *stream)
{
    (void)pool;
    return cudaMallocAsync(pointer, bytes, stream);
}

int cudaFree(void *pointer)
{
    REQUIRE_DEVICE();
    record("free bytes=%zu", release(pointer));
    return SUCCESS;
}

int cudaFreeAsync(void *pointer, void *stream)
{
    (void)stream;
    return cudaFree(pointer);
}

int cudaHostAlloc(void **pointer, size_t bytes, unsigned flags)
{
    (void)flags;
    REQUIRE_DEVICE();
    *pointer = reserve(bytes ? bytes : 1, PINNED);
    record("hostmalloc bytes=%zu", bytes);
    return *pointer ? SUCCESS : fail(OUT_OF_MEMORY);
}

int cudaMallocHost(void **pointer, size_t bytes)
{
    return cudaHostAlloc(pointer, bytes, 0);
}

int cudaFreeHost(void *pointer)
{
    REQUIRE_DEVICE();
    record("hostfree bytes=%zu", release(pointer));
    return SUCCESS;
}

int cudaHostRegister(void *pointer, size_t bytes, unsigned flags)
{
    (void)pointer, (void)flags;
    record("hostregister bytes=%zu", bytes);
    return SUCCESS;
}

int cudaHostUnregister(void *pointer)
{
    (void)pointer;
    return SUCCESS;
}

int cudaMemGetInfo(size_t *available, size_t *all)
{
    REQUIRE_DEVICE();
    *available = free_memory();
    *all = settings.memory;
    return SUCCESS;
}

struct PointerAttributes {
    int type, device;
    void *on_device, *on_host;
    long reserved[8];
};

int cudaPointerGetAttributes(struct PointerAttributes *attributes, const void *pointer)
{
    REQUIRE_DEVICE();
    *attributes = (struct PointerAttributes){ .type = place_of(pointer), .on_device = (void *)pointer, .on_host = (void *)pointer };
    return SUCCESS;
}

// Within a run, kernels get small tables of their own: the input is the largest copy.
static void keep_input(Stream *stream, const void *from, size_t bytes)
{
    if (!stream->answered && bytes <= stream->input_bytes) {
        return;
    }

    if (bytes > stream->input_capacity) {
        stream->input = realloc(stream->input, bytes);
        stream->input_capacity = bytes;
    }

    memcpy(stream->input, from, bytes);
    stream->input_bytes = bytes;
    stream->computed = stream->answered = 0;
}

// Kernels compute nothing, so what is copied back after them is made here: floats that sample the bytes of the stream's last input. Those of an image depend
// on its own pixels, wherever it is in whichever batch: float j of n is the byte at j / n of the input, over 255. FAKECUDA_FEATURES=nan: not a number.
static void copy_out(Stream *stream, void *to, const void *from, size_t bytes)
{
    if (!stream->computed || stream->input_bytes == 0 || bytes % sizeof(float) != 0) {
        memcpy(to, from, bytes);
        return;
    }

    stream->answered = 1;
    size_t count = bytes / sizeof(float);
    float *features = to;
    for (size_t i = 0; i < count; i++) {
        features[i] = settings.nan_features ? NAN : stream->input[i * stream->input_bytes / count] / 255.0f;
    }
}

static void copy(Stream *stream, void *to, const void *from, size_t bytes, int direction)
{
    if (direction == DEVICE_TO_HOST) {
        copy_out(stream, to, from, bytes);
        return;
    }

    memcpy(to, from, bytes);
    if (direction == HOST_TO_DEVICE) {
        keep_input(stream, from, bytes);
    }
}

static void record_copy(const char *wait, Stream *stream, const void *to, const void *from, size_t bytes, int direction)
{
    record("copy direction=%s bytes=%zu from=%s to=%s stream=%d wait=%s", direction_names[direction], bytes, place_names[place_of(from)],
           place_names[place_of(to)], stream->id, wait);
}

int cudaMemcpy(void *to, const void *from, size_t bytes, int direction)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(NULL);
    record_copy("device", stream, to, from, bytes, direction);
    copy(stream, to, from, bytes, direction);
    wait_until(stream->busy_until);
    return SUCCESS;
}

// A copy from or to memory that isn't page-locked waits, as the real one does.
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int direction, void *handle)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    int waits = direction != DEVICE_TO_DEVICE && (place_of(to) == PAGEABLE || place_of(from) == PAGEABLE);
    record_copy(waits ? "stream" : "none", stream, to, from, bytes, direction);
    copy(stream, to, from, bytes, direction);
    if (waits) {
        wait_until(stream->busy_until);
    }

    return SUCCESS;
}

int cudaMemcpy2DAsync(void *to, size_t to_pitch, const void *from, size_t from_pitch, size_t width, size_t height, int direction, void *handle)
{
    REQUIRE_DEVICE();
    record_copy("none", stream_of(handle), to, from, width * height, direction);
    for (size_t row = 0; row < height; row++) {
        memcpy((uint8_t *)to + row * to_pitch, (const uint8_t *)from + row * from_pitch, width);
    }

    return SUCCESS;
}

// Of a variable in a kernel's module, which has none here.
int cudaMemcpyFromSymbol(void *to, const void *symbol, size_t bytes, size_t offset, int direction)
{
    (void)symbol, (void)offset, (void)direction;
    REQUIRE_DEVICE();
    memset(to, 0, bytes);
    return SUCCESS;
}

int cudaMemset(void *to, int value, size_t bytes)
{
    REQUIRE_DEVICE();
    record("memset bytes=%zu wait=device", bytes);
    memset(to, value, bytes);
    return SUCCESS;
}

int cudaMemsetAsync(void *to, int value, size_t bytes, void *handle)
{
    REQUIRE_DEVICE();
    record("memset bytes=%zu stream=%d wait=none", bytes, stream_of(handle)->id);
    memset(to, value, bytes);
    return SUCCESS;
}
