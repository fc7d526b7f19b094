#include "ranks/wire.h"

const char *wire_library(void) {
    return NULL;
}

enum status wire_open(bool *joined, struct error *error) {
    (void)error;
    *joined = false;
    return CHARNN_OK;
}

void wire_close(void) {
}

size_t wire_rank(void) {
    return 0;
}

size_t wire_count(void) {
    return 1;
}

void wire_abort(void) {
}

void wire_exchange(const void *own, size_t size, void *all) {
    (void)own;
    (void)size;
    (void)all;
}

void wire_broadcast(void *data, size_t size, size_t from) {
    (void)data;
    (void)size;
    (void)from;
}

void wire_sum_begin(float *values, size_t count) {
    (void)values;
    (void)count;
}

void wire_sum_go_on(void) {
}

void wire_sum_end(void) {
}

void wire_collect(float *rows, size_t count, size_t size) {
    (void)rows;
    (void)count;
    (void)size;
}
