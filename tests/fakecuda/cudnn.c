// cuDNN's graph API: descriptors hold nothing, plans are logged and take FAKECUDA_PLAN_MS to build, and running one computes nothing.
// FAKECUDA_CUDNN: its version. Without the link libcudnn.so.9 there is no cuDNN.
#include "fake.h"

enum { CUDNN_SUCCESS = 0, CUDNN_FAILED = 5000 };

// cudnnBackendDescriptorType_t, cudnnBackendAttributeName_t and cudnnBackendAttributeType_t, as far as they matter here (cudnn_graph.h).
enum { PLAN_DESCRIPTOR = 5 };
enum { ENGINE_NOTES = 1302, ENGINE_NUMERICS = 1303, ENGINE_BEHAVIOR = 1305 };
enum { HANDLE_VALUE = 0, DATA_TYPE_VALUE = 1, DESCRIPTOR_VALUE = 15 };

typedef struct {
    void *stream;
} Handle;

typedef struct {
    int type;
} Descriptor;

size_t cudnnGetVersion(void)
{
    return settings.cudnn;
}

int cudnnCreate(Handle **handle)
{
    *handle = calloc(1, sizeof **handle);
    record("cudnn");
    return device_state() == SUCCESS ? CUDNN_SUCCESS : CUDNN_FAILED;
}

int cudnnDestroy(Handle *handle)
{
    free(handle);
    return CUDNN_SUCCESS;
}

int cudnnSetStream(Handle *handle, void *stream)
{
    handle->stream = stream;
    return CUDNN_SUCCESS;
}

int cudnnGetStream(Handle *handle, void **stream)
{
    *stream = handle->stream;
    return CUDNN_SUCCESS;
}

const char *cudnnGetErrorString(int status)
{
    return status == CUDNN_SUCCESS ? "CUDNN_STATUS_SUCCESS" : "CUDNN_STATUS_EXECUTION_FAILED";
}

void cudnnGetLastErrorString(char *text, size_t length)
{
    if (length > 0) {
        *text = 0;
    }
}

int cudnnBackendCreateDescriptor(int type, Descriptor **descriptor)
{
    *descriptor = calloc(1, sizeof **descriptor);
    (*descriptor)->type = type;
    return CUDNN_SUCCESS;
}

int cudnnBackendDestroyDescriptor(Descriptor *descriptor)
{
    free(descriptor);
    return CUDNN_SUCCESS;
}

int cudnnBackendSetAttribute(Descriptor *descriptor, int name, int type, int64_t count, const void *values)
{
    (void)descriptor, (void)name, (void)type, (void)count, (void)values;
    return CUDNN_SUCCESS;
}

int cudnnBackendFinalize(Descriptor *descriptor)
{
    if (descriptor->type == PLAN_DESCRIPTOR) {
        record("plan");
        wait_until(now() + settings.plan_seconds);
    }

    return CUDNN_SUCCESS;
}

// Every question has one answer, and numbers are zero; an engine has no notes. The caller has made the descriptors that it asks for.
int cudnnBackendGetAttribute(Descriptor *descriptor, int name, int type, int64_t wanted, int64_t *found, void *values)
{
    (void)descriptor;
    int none = name == ENGINE_NOTES || name == ENGINE_NUMERICS || name == ENGINE_BEHAVIOR;
    if (found) {
        *found = none ? 0 : 1;
    }

    if (values && wanted > 0 && !none && type != HANDLE_VALUE && type != DESCRIPTOR_VALUE) {
        memset(values, 0, type == DATA_TYPE_VALUE ? sizeof(int) : sizeof(int64_t));
    }

    return CUDNN_SUCCESS;
}

int cudnnBackendExecute(Handle *handle, Descriptor *plan, Descriptor *arguments)
{
    (void)plan, (void)arguments;
    if (device_state() != SUCCESS) {
        return CUDNN_FAILED;
    }

    Stream *stream = stream_of(handle->stream);
    record("execute stream=%d", stream->id);
    compute(stream);
    return CUDNN_SUCCESS;
}
