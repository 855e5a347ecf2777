// The log, the clock and the switches. FAKECUDA_LOG: the file that each call is appended to.
#include "fake.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

Settings settings = { .log = -1 };

static double start;

static double clock_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

double now(void)
{
    return clock_seconds() - start;
}

void wait_until(double time)
{
    double left;
    while ((left = time - now()) > 0) {
        struct timespec rest = { (time_t)left, (long)(fmod(left, 1) * 1e9) };
        nanosleep(&rest, NULL);
    }
}

// A line is one write to a file opened for appending: lines of several threads don't mix, and none is lost with the process.
void record(const char *format, ...)
{
    char line[4096];
    if (settings.log < 0) {
        return;
    }

    int length = snprintf(line, sizeof line, "%.6f %ld ", now(), (long)syscall(SYS_gettid));
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - length, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof line - 1) {
        length = sizeof line - 1;
    }

    line[length] = '\n';
    if (write(settings.log, line, length + 1) < 0) {
        settings.log = -1;
    }
}

static double number(const char *name, double otherwise)
{
    const char *value = getenv(name);
    return value ? atof(value) : otherwise;
}

static void read_capability(void)
{
    const char *value = getenv("FAKECUDA_CAPABILITY");
    if (sscanf(value ? value : "9.0", "%d.%d", &settings.major, &settings.minor) != 2) {
        fputs("FAKECUDA_CAPABILITY is not like 9.0\n", stderr);
        abort();
    }
}

__attribute__((constructor)) static void read_settings(void)
{
    const char *log = getenv("FAKECUDA_LOG"), *features = getenv("FAKECUDA_FEATURES");
    start = clock_seconds();
    settings.log = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    settings.devices = (int)number("FAKECUDA_DEVICES", 1);
    settings.driver = (int)number("FAKECUDA_DRIVER", 13000);
    settings.memory = (size_t)(number("FAKECUDA_MEMORY_MIB", 81920) * (1 << 20));
    settings.largest_allocation = (size_t)number("FAKECUDA_LARGEST_ALLOCATION", 1e15);
    settings.full_file = getenv("FAKECUDA_FULL");
    settings.lost_file = getenv("FAKECUDA_LOST");
    settings.lost_after = (long)number("FAKECUDA_LOST_AFTER", 1e15);
    settings.kernel_seconds = number("FAKECUDA_KERNEL_US", 0) * 1e-6;
    settings.plan_seconds = number("FAKECUDA_PLAN_MS", 0) * 1e-3;
    settings.cudnn = (size_t)number("FAKECUDA_CUDNN", 91300);
    settings.nan_features = features && strcmp(features, "nan") == 0;
    read_capability();
}
