// What the files of the stand-in share. README.md lists its switches and the events of its log.
#ifndef FAKE_H
#define FAKE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Results of the runtime (driver_types.h of CUDA 13); those of the driver have the same numbers.
enum {
    SUCCESS = 0,
    OUT_OF_MEMORY = 2,
    OLD_DRIVER = 35,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    ILLEGAL_ADDRESS = 700,
};

// Directions of a copy: cudaMemcpyKind.
enum { HOST_TO_HOST, HOST_TO_DEVICE, DEVICE_TO_HOST, DEVICE_TO_DEVICE, BY_ADDRESS };

typedef struct {
    unsigned x, y, z;
} Dim3;

typedef struct {
    int id;
    double busy_until; // Seconds, when its work is done.
    int capturing;     // Kernels that were captured, plus 1; 0 when it is not capturing.
    int computed;      // Something ran since the input came.
    int answered;      // Something was copied back since.
    uint8_t *input;    // Copy of the input: what was copied to the device for the current run.
    size_t input_bytes, input_capacity;
} Stream;

typedef struct {
    int log; // File descriptor; -1 for no log.
    int devices, driver, major, minor;
    size_t memory, largest_allocation;
    const char *full_file, *lost_file;
    long lost_after;
    double kernel_seconds, plan_seconds;
    size_t cudnn;
    int nan_features;
} Settings;

extern Settings settings;

// log.c: one line per call, complete at any moment.
void record(const char *format, ...) __attribute__((format(printf, 1, 2)));
double now(void);
void wait_until(double time);

// device.c: SUCCESS, or why no call can succeed. A lost device stays lost.
extern long kernels_run;
int device_state(void);
int fail(int error); // Returns the error, and keeps it for cudaGetLastError.

// Leaves a function of the runtime whose device is missing or lost.
#define REQUIRE_DEVICE() \
    do { \
        int state = device_state(); \
        if (state != SUCCESS) { \
            return state; \
        } \
    } while (0)

// stream.c
Stream *stream_of(void *handle);
void compute(Stream *stream); // Work of one kernel. A device computes one kernel at a time.

// memory.c
size_t free_memory(void);

#endif
