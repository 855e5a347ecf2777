// Streams, events, kernels and captured graphs. FAKECUDA_KERNEL_US: what each kernel and each matrix product takes; the device computes one at a time, and
// calls that wait for it wait as long. FAKECUDA_LOST_AFTER (device.c) counts them.
#include "fake.h"

#include <stdio.h>

typedef struct {
    double time;
} Event;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Stream default_stream;
static double device_busy_until;
static int streams;

// The default stream's handles are 0 to 2 (cudaStreamLegacy, cudaStreamPerThread).
Stream *stream_of(void *handle)
{
    return (uintptr_t)handle < 16 ? &default_stream : handle;
}

static double later(double first, double second)
{
    return first > second ? first : second;
}

void compute(Stream *stream)
{
    pthread_mutex_lock(&mutex);
    kernels_run++;
    stream->computed = 1;
    if (stream->capturing) {
        stream->capturing++;
    } else if (settings.kernel_seconds > 0) {
        stream->busy_until = device_busy_until = later(later(now(), device_busy_until), stream->busy_until) + settings.kernel_seconds;
    }

    pthread_mutex_unlock(&mutex);
}

int cudaStreamCreateWithFlags(void **handle, unsigned flags)
{
    REQUIRE_DEVICE();
    Stream *stream = calloc(1, sizeof *stream);
    stream->id = __sync_add_and_fetch(&streams, 1);
    record("stream id=%d flags=%u", stream->id, flags);
    *handle = stream;
    return SUCCESS;
}

int cudaStreamCreate(void **handle)
{
    return cudaStreamCreateWithFlags(handle, 0);
}

int cudaStreamDestroy(void *handle)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    record("streamend id=%d", stream->id);
    if (stream != &default_stream) {
        free(stream->input);
        free(stream);
    }

    return SUCCESS;
}

int cudaStreamSynchronize(void *handle)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    record("streamwait stream=%d", stream->id);
    wait_until(stream->busy_until);
    return device_state();
}

int cudaDeviceSynchronize(void)
{
    REQUIRE_DEVICE();
    record("devicewait");
    wait_until(device_busy_until);
    return device_state();
}

int cudaStreamWaitEvent(void *handle, Event *event, unsigned flags)
{
    (void)flags;
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    record("streamwaitsforevent stream=%d", stream->id);
    stream->busy_until = later(stream->busy_until, event->time);
    return SUCCESS;
}

int cudaEventCreateWithFlags(Event **event, unsigned flags)
{
    (void)flags;
    REQUIRE_DEVICE();
    *event = calloc(1, sizeof **event);
    return SUCCESS;
}

int cudaEventCreate(Event **event)
{
    return cudaEventCreateWithFlags(event, 0);
}

int cudaEventDestroy(Event *event)
{
    free(event);
    return SUCCESS;
}

int cudaEventRecord(Event *event, void *handle)
{
    REQUIRE_DEVICE();
    event->time = later(now(), stream_of(handle)->busy_until);
    return SUCCESS;
}

int cudaEventRecordWithFlags(Event *event, void *handle, unsigned flags)
{
    (void)flags;
    return cudaEventRecord(event, handle);
}

int cudaEventSynchronize(Event *event)
{
    REQUIRE_DEVICE();
    record("eventwait");
    wait_until(event->time);
    return device_state();
}

int cudaEventElapsedTime(float *milliseconds, Event *from, Event *to)
{
    REQUIRE_DEVICE();
    *milliseconds = (float)((to->time - from->time) * 1e3);
    return SUCCESS;
}

int cudaLaunchHostFunc(void *handle, void (*function)(void *), void *data)
{
    REQUIRE_DEVICE();
    record("hostfunction stream=%d", stream_of(handle)->id);
    function(data);
    return SUCCESS;
}

// --- Graphs: a stream that captures counts its kernels and runs none.

int cudaStreamIsCapturing(void *handle, int *capturing)
{
    REQUIRE_DEVICE();
    *capturing = stream_of(handle)->capturing > 0;
    return SUCCESS;
}

int cudaStreamBeginCapture(void *handle, int mode)
{
    (void)mode;
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    stream->capturing = 1;
    record("capture stream=%d", stream->id);
    return SUCCESS;
}

// A graph is its number of kernels.
int cudaStreamEndCapture(void *handle, void **graph)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    *graph = (void *)(uintptr_t)stream->capturing;
    record("captured stream=%d kernels=%d", stream->id, stream->capturing - 1);
    stream->capturing = 0;
    return SUCCESS;
}

int cudaGraphInstantiate(void **executable, void *graph, unsigned long long flags)
{
    (void)flags;
    REQUIRE_DEVICE();
    *executable = graph;
    return SUCCESS;
}

int cudaGraphLaunch(void *executable, void *handle)
{
    REQUIRE_DEVICE();
    Stream *stream = stream_of(handle);
    record("graph stream=%d kernels=%ld", stream->id, (long)(uintptr_t)executable - 1);
    compute(stream);
    return SUCCESS;
}

int cudaGraphDestroy(void *graph)
{
    (void)graph;
    return SUCCESS;
}

int cudaGraphExecDestroy(void *executable)
{
    (void)executable;
    return SUCCESS;
}
