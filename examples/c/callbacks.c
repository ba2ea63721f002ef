/* Callbacks in C. Build with: cc -shared -fPIC -O2 -I include -o callbacks.so examples/c/callbacks.c -lm */
#include "brolga.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How many results handed over by `sinh_f32` are alive. */
static atomic_int alive;

static brolga_host_status fail(brolga_host_note *note, const char *message) {
    note->message = message;
    return BROLGA_FAILED;
}

static void free_result(void *owner) {
    atomic_fetch_sub(&alive, 1);
    free(owner);
}

/* The number of elements of a dense tensor. */
static size_t count(const brolga_host_tensor *tensor) {
    size_t n = 1;
    for (uint32_t axis = 0; axis < tensor->rank; axis++) n *= (size_t)tensor->shape[axis];
    return n;
}

/* sinh of every element: the result is memory of our own, handed over without a copy. */
brolga_host_status sinh_f32(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                            size_t n_outs, brolga_host_note *note) {
    (void)user;
    if (n_args != 1 || n_outs != 1) return fail(note, "sinh_f32 takes one tensor and gives one");
    if (args[0].dtype != BROLGA_F32) return fail(note, "sinh_f32 takes float32");
    size_t n = count(&args[0]);
    /* One block: the extents, then the elements. */
    size_t head = args[0].rank * sizeof(int64_t);
    char *block = malloc(head + n * sizeof(float) + 1);
    if (!block) return fail(note, "out of memory");
    if (head) memcpy(block, args[0].shape, head);
    const float *in = args[0].data;
    float *out = (float *)(block + head);
    for (size_t k = 0; k < n; k++) out[k] = sinhf(in[k]);
    atomic_fetch_add(&alive, 1);
    outs[0] = (brolga_host_tensor){.data = out,
                                   .shape = (const int64_t *)block,
                                   .owner = block,
                                   .release = free_result,
                                   .rank = args[0].rank,
                                   .dtype = BROLGA_F32,
                                   .readonly = 1};
    return BROLGA_OK;
}

/* How many results of sinh_f32 are alive: an int64, which brolga copies. */
brolga_host_status alive_results(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                                 size_t n_outs, brolga_host_note *note) {
    (void)user, (void)args, (void)n_args;
    static _Thread_local int64_t n;
    if (n_outs != 1) return fail(note, "alive_results gives one number");
    n = atomic_load(&alive);
    outs[0] = (brolga_host_tensor){.data = &n, .dtype = BROLGA_I64};
    return BROLGA_OK;
}

/* The argument itself, without a copy. */
brolga_host_status identity(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                            size_t n_outs, brolga_host_note *note) {
    (void)user;
    if (n_args != n_outs) {
        note->count = n_args;
        return BROLGA_WRONG_COUNT;
    }
    for (size_t k = 0; k < n_args; k++) {
        args[k].retain(args[k].owner);
        outs[k] = args[k];
    }
    return BROLGA_OK;
}

/* The matrix transposed: the same memory read with other strides, which brolga copies. */
brolga_host_status transposed(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                              size_t n_outs, brolga_host_note *note) {
    (void)user;
    static _Thread_local int64_t shape[2], strides[2];
    if (n_args != 1 || n_outs != 1 || args[0].rank != 2) return fail(note, "transposed takes one matrix");
    outs[0] = args[0];
    outs[0].release = NULL;
    for (int axis = 0; axis < 2; axis++) {
        shape[axis] = args[0].shape[1 - axis];
        strides[axis] = args[0].strides[1 - axis];
    }
    outs[0].shape = shape;
    outs[0].strides = strides;
    return BROLGA_OK;
}

/* Each string's length. */
brolga_host_status string_lengths(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                                  size_t n_outs, brolga_host_note *note) {
    (void)user;
    if (n_args != 1 || n_outs != 1 || args[0].dtype != BROLGA_STRING) return fail(note, "string_lengths takes strings");
    size_t n = count(&args[0]);
    int64_t *lengths = malloc(n * sizeof(int64_t) + 1);
    if (!lengths) return fail(note, "out of memory");
    const brolga_host_string *strings = args[0].data;
    for (size_t k = 0; k < n; k++) lengths[k] = (int64_t)strings[k].length;
    outs[0] = (brolga_host_tensor){.data = lengths,
                                   .shape = args[0].shape,
                                   .owner = lengths,
                                   .release = free,
                                   .rank = args[0].rank,
                                   .dtype = BROLGA_I64,
                                   .readonly = 1};
    return BROLGA_OK;
}

/* Fails, with a message and an error object of its own. */
brolga_host_status always_fails(void *user, const brolga_host_tensor *args, size_t n_args, brolga_host_tensor *outs,
                                size_t n_outs, brolga_host_note *note) {
    (void)user, (void)args, (void)n_args, (void)outs, (void)n_outs;
    char *object = malloc(32);
    if (!object) return fail(note, "out of memory");
    strcpy(object, "no reading from sensor 7");
    note->message = object;
    note->error = object;
    note->release = free;
    return BROLGA_FAILED;
}
