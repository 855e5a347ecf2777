// cuBLAS and cuBLASLt: matrix products are logged with their sizes and types, and compute nothing.
#include "fake.h"

#include <stdio.h>

enum { BLAS_SUCCESS = 0, BLAS_FAILED = 13 };

typedef struct {
    void *stream;
    int math_mode;
} Blas;

// Matmul descriptors, layouts and preferences of cuBLASLt: what was set, by attribute.
typedef struct {
    int type;
    uint64_t rows, columns, attributes[64];
} Description;

typedef struct {
    int m, n, k, count, a, b, c, compute;
} Product;

// cudaDataType, as far as a product of DINOv2 may have it.
static const char *type_name(int type)
{
    switch (type) {
    case 0: return "f32";
    case 1: return "f64";
    case 2: return "f16";
    case 3: return "i8";
    case 10: return "i32";
    case 14: return "bf16";
    case 28: return "e4m3";
    default: return "other";
    }
}

static int multiply(const char *kind, void *handle, Product product)
{
    if (device_state() != SUCCESS) {
        return BLAS_FAILED;
    }

    Stream *stream = stream_of(handle);
    record("gemm stream=%d kind=%s m=%d n=%d k=%d count=%d types=%s,%s,%s compute=%d", stream->id, kind, product.m, product.n, product.k, product.count,
           type_name(product.a), type_name(product.b), type_name(product.c), product.compute);
    compute(stream);
    return BLAS_SUCCESS;
}

int cublasCreate_v2(Blas **blas)
{
    *blas = calloc(1, sizeof **blas);
    record("cublas");
    return device_state() == SUCCESS ? BLAS_SUCCESS : BLAS_FAILED;
}

int cublasDestroy_v2(Blas *blas)
{
    free(blas);
    return BLAS_SUCCESS;
}

int cublasSetStream_v2(Blas *blas, void *stream)
{
    blas->stream = stream;
    return BLAS_SUCCESS;
}

int cublasGetMathMode(Blas *blas, int *mode)
{
    *mode = blas->math_mode;
    return BLAS_SUCCESS;
}

int cublasSetMathMode(Blas *blas, int mode)
{
    blas->math_mode = mode;
    return BLAS_SUCCESS;
}

const char *cublasGetStatusName(int status)
{
    return status == BLAS_SUCCESS ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_EXECUTION_FAILED";
}

const char *cublasGetStatusString(int status)
{
    return status == BLAS_SUCCESS ? "success" : "the function failed to launch on the GPU";
}

int cublasGemmEx(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int lda, const void *b,
                 int type_b, int ldb, const void *beta, void *c, int type_c, int ldc, int compute, int algorithm)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc, (void)algorithm;
    return multiply("plain", blas->stream, (Product){ m, n, k, 1, type_a, type_b, type_c, compute });
}

int cublasGemmBatchedEx(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha, const void **a, int type_a, int lda,
                        const void **b, int type_b, int ldb, const void *beta, void **c, int type_c, int ldc, int count, int compute, int algorithm)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc, (void)algorithm;
    return multiply("batched", blas->stream, (Product){ m, n, k, count, type_a, type_b, type_c, compute });
}

int cublasGemmStridedBatchedEx(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const void *alpha, const void *a, int type_a, int lda,
                               long long stride_a, const void *b, int type_b, int ldb, long long stride_b, const void *beta, void *c, int type_c, int ldc,
                               long long stride_c, int count, int compute, int algorithm)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)stride_a, (void)b, (void)ldb, (void)stride_b;
    (void)beta, (void)c, (void)ldc, (void)stride_c, (void)algorithm;
    return multiply("strided", blas->stream, (Product){ m, n, k, count, type_a, type_b, type_c, compute });
}

int cublasSgemm_v2(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha, const float *a, int lda, const float *b, int ldb,
                   const float *beta, float *c, int ldc)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc;
    return multiply("plain", blas->stream, (Product){ m, n, k, 1, 0, 0, 0, 0 });
}

int cublasSgemmBatched(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha, const float **a, int lda, const float **b,
                       int ldb, const float *beta, float **c, int ldc, int count)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta, (void)c, (void)ldc;
    return multiply("batched", blas->stream, (Product){ m, n, k, count, 0, 0, 0, 0 });
}

int cublasSgemmStridedBatched(Blas *blas, int transpose_a, int transpose_b, int m, int n, int k, const float *alpha, const float *a, int lda,
                              long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc, long long stride_c,
                              int count)
{
    (void)transpose_a, (void)transpose_b, (void)alpha, (void)a, (void)lda, (void)stride_a, (void)b, (void)ldb, (void)stride_b;
    (void)beta, (void)c, (void)ldc, (void)stride_c;
    return multiply("strided", blas->stream, (Product){ m, n, k, count, 0, 0, 0, 0 });
}

// --- cuBLASLt

int cublasLtCreate(void **handle)
{
    *handle = calloc(1, 1);
    return BLAS_SUCCESS;
}

int cublasLtDestroy(void *handle)
{
    free(handle);
    return BLAS_SUCCESS;
}

static int describe(Description **description, int type, uint64_t rows, uint64_t columns)
{
    *description = calloc(1, sizeof **description);
    **description = (Description){ .type = type, .rows = rows, .columns = columns };
    return BLAS_SUCCESS;
}

static int forget(Description *description)
{
    free(description);
    return BLAS_SUCCESS;
}

static int set(Description *description, int attribute, const void *value, size_t bytes)
{
    if (attribute < 64 && bytes <= sizeof(uint64_t)) {
        memcpy(&description->attributes[attribute], value, bytes);
    }

    return BLAS_SUCCESS;
}

int cublasLtMatmulDescCreate(Description **description, int compute, int scale)
{
    (void)scale;
    return describe(description, compute, 0, 0);
}

int cublasLtMatmulDescDestroy(Description *description)
{
    return forget(description);
}

int cublasLtMatmulDescSetAttribute(Description *description, int attribute, const void *value, size_t bytes)
{
    return set(description, attribute, value, bytes);
}

int cublasLtMatmulPreferenceCreate(Description **description)
{
    return describe(description, 0, 0, 0);
}

int cublasLtMatmulPreferenceDestroy(Description *description)
{
    return forget(description);
}

int cublasLtMatmulPreferenceSetAttribute(Description *description, int attribute, const void *value, size_t bytes)
{
    return set(description, attribute, value, bytes);
}

int cublasLtMatrixLayoutCreate(Description **description, int type, uint64_t rows, uint64_t columns, int64_t leading)
{
    (void)leading;
    return describe(description, type, rows, columns);
}

int cublasLtMatrixLayoutDestroy(Description *description)
{
    return forget(description);
}

int cublasLtMatrixLayoutSetAttribute(Description *description, int attribute, const void *value, size_t bytes)
{
    return set(description, attribute, value, bytes);
}

// One algorithm, of zeros (96 bytes), which needs no workspace.
int cublasLtMatmulAlgoGetHeuristic(void *handle, Description *product, Description *a, Description *b, Description *c, Description *d,
                                   Description *preference, int wanted, void *algorithms, int *found)
{
    (void)handle, (void)product, (void)a, (void)b, (void)c, (void)d, (void)preference, (void)wanted;
    memset(algorithms, 0, 96);
    *found = 1;
    return BLAS_SUCCESS;
}

int cublasLtMatmul(void *handle, Description *product, const void *alpha, const void *a, Description *layout_a, const void *b, Description *layout_b,
                   const void *beta, const void *c, Description *layout_c, void *d, Description *layout_d, const void *algorithm, void *workspace,
                   size_t workspace_bytes, void *stream)
{
    // Attribute 3 says whether A is transposed, 7 is the epilogue: 1 none, 4 bias, 32 GELU, 36 both (cublasLt.h).
    char kind[32];
    (void)handle, (void)alpha, (void)a, (void)b, (void)beta, (void)c, (void)layout_c, (void)d, (void)algorithm, (void)workspace, (void)workspace_bytes;
    snprintf(kind, sizeof kind, "lt-epilogue-%d", (int)product->attributes[7]);
    int k = (int)(product->attributes[3] ? layout_a->rows : layout_a->columns);
    return multiply(kind, stream, (Product){ (int)layout_d->rows, (int)layout_d->columns, k, 1, layout_a->type, layout_b->type, layout_d->type, product->type });
}
