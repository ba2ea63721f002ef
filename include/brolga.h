/* brolga's host door: how a function written in C, or in any language that can make a C function, is called by a graph.
 *
 * A callback has the type brolga_host_fn. Give its address to brolga (HostCallback::from_abi), or build a shared library
 * and name it on the command line: brolga run program.mlir --callback NAME=./library.so:symbol
 */
#ifndef BROLGA_H
#define BROLGA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Element types: the values of brolga_host_tensor.dtype. */
enum brolga_dtype {
    BROLGA_BOOL = 0, /* one byte, 0 or 1 */
    BROLGA_I8 = 1,
    BROLGA_I16 = 2,
    BROLGA_I32 = 3,
    BROLGA_I64 = 4,
    BROLGA_U8 = 5,
    BROLGA_U16 = 6,
    BROLGA_U32 = 7,
    BROLGA_U64 = 8,
    BROLGA_F16 = 9,   /* IEEE 754 half precision */
    BROLGA_BF16 = 10, /* the upper half of a float */
    BROLGA_F32 = 11,
    BROLGA_F64 = 12,
    BROLGA_C64 = 13,  /* two floats: real part, imaginary part */
    BROLGA_C128 = 14, /* two doubles: real part, imaginary part */
    BROLGA_STRING = 15, /* brolga_host_string */
    BROLGA_UNSET = 255  /* a result nobody has set */
};

/* The largest rank. */
#define BROLGA_MAX_RANK 64

/* One tensor.
 *
 * As an argument it is lent for the length of the call: nobody writes it, the callee neither. A callee that keeps one
 * takes a share with retain(owner), which keeps data, shape and strides valid until release(owner), from any thread.
 *
 * As a result the callee fills it. Where release is set, brolga calls it with owner exactly once, on any thread, when it
 * no longer needs the memory, also where the callback failed. Where release is null, brolga copies the memory as soon as
 * the callback returns. shape and strides are read then, too: those of an argument will do. retain is not used on
 * results. To hand an argument back as a result, call its retain and copy the struct.
 *
 * brolga keeps a result without a copy where it is dense and row-major, aligned for its elements, readonly, and has a
 * release; else it copies. Bools other than 0 and 1 become 1. Strings are always copied. */
typedef struct brolga_host_tensor {
    void *data;             /* the element with index 0 along every axis */
    const int64_t *shape;   /* rank extents; may be null for rank 0 */
    const int64_t *strides; /* rank strides in bytes, of any sign; null: dense and row-major */
    void *owner;            /* what retain and release take */
    void (*retain)(void *owner);
    void (*release)(void *owner);
    uint32_t rank;
    uint8_t dtype;    /* enum brolga_dtype */
    uint8_t readonly; /* 1: nobody writes this memory while it is shared. Always 1 on an argument */
    uint16_t reserved; /* 0 */
} brolga_host_tensor;

/* One element of a tensor of strings: bytes, not terminated. */
typedef struct brolga_host_string {
    const char *data; /* may be null where length is 0 */
    size_t length;
} brolga_host_string;

/* What a failed callback says. All null at entry. */
typedef struct brolga_host_note {
    const char *message; /* UTF-8; copied as soon as the callback returns, before release is called */
    size_t length;       /* of message, in bytes; 0: it ends with a 0 byte */
    void *error;         /* the callee's own error object, handed through to the caller unread */
    void (*release)(void *error); /* frees error; called once, on any thread, whatever the status */
    size_t count;                 /* with BROLGA_WRONG_COUNT: how many results there are */
} brolga_host_note;

/* How a callback ended. */
typedef int32_t brolga_host_status;
#define BROLGA_OK 0          /* all results are set */
#define BROLGA_FAILED 1      /* it failed; the note says how */
#define BROLGA_PANICKED 2    /* it panicked; the note holds the panic's message */
#define BROLGA_WRONG_COUNT 3 /* it has another number of results than n_outs; the note holds it */

/* A callback. Called on the thread that runs the graph, with no lock of brolga's held, possibly on several threads at
 * once, possibly again before it returns. It must return: neither C++ exceptions nor longjmp may leave it.
 *
 * Every result must have the element type and shape that the graph declares: nothing is converted. */
typedef brolga_host_status (*brolga_host_fn)(void *user, const brolga_host_tensor *args, size_t n_args,
                                             brolga_host_tensor *outs, size_t n_outs, brolga_host_note *note);

#ifdef __cplusplus
}
#endif

#endif
