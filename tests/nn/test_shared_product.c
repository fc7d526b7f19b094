/* Products whose columns threads share, compared with the same product on one thread, which
 * kernels/test_products.c compares with plain loops. */
#include "kernels/dispatch.h"
#include "nn/shared_product.h"
#include "suites.h"
#include "support/guarded.h"

enum { DEPTH = 21, ROWS = 5, REPEATS = 2, WIDEST = 1104 };

static const size_t threads[] = {1, 2, 3, 8};

/* Some of the shares are empty, and the last panel is half a panel. */
static const size_t widths[] = {16, 32, 48, 80, 256, 336, 1024, WIDEST};

/* The arrays of products; each row of C is followed by guards. */
struct arrays {
    struct guarded a, b, start, c;
};

static void arrays_init(struct arrays *x, size_t n) {
    struct noise noise = {0};
    guarded_init_input(&x->a, REPEATS * ROWS * DEPTH);
    guarded_init_input(&x->b, DEPTH * n);
    guarded_init_input(&x->start, REPEATS * ROWS * n);
    guarded_init(&x->c, REPEATS * ROWS * (n + 3));
    guarded_fill_all(&x->a, &noise);
    guarded_fill_all(&x->b, &noise);
    guarded_fill_all(&x->start, &noise);
}

static void arrays_deinit(struct arrays *x) {
    guarded_deinit(&x->c);
    guarded_deinit(&x->start);
    guarded_deinit(&x->b);
    guarded_deinit(&x->a);
}

static void check(struct product p, const struct arrays *x, const char *what) {
    struct guarded expected;
    guarded_init_copy(&expected, &x->c);
    p.c = expected.data;
    kernels_current()->product(&p);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        struct error error = {0};
        struct thread_pool *pool;
        struct guarded got;
        guarded_init_copy(&got, &x->c);
        p.c = got.data;
        ck_assert_int_eq(thread_pool_create(threads[i], &pool, &error), CHARNN_OK);
        shared_product_run(kernels_current(), &p, pool);
        assert_guarded_same(&got, &expected, "%s, n=%zu, %zu threads", what, p.n, threads[i]);
        thread_pool_destroy(pool);
        guarded_deinit(&got);
    }
    guarded_deinit(&expected);
}

START_TEST(threads_give_the_same_bits) {
    static const int32_t listed[ROWS] = {4, 0, 2, 2, 1};
    for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
        size_t n = widths[w];
        struct arrays x;
        arrays_init(&x, n);
        struct product p = {.a = x.a.data,
                            .lda = DEPTH,
                            .a_step = ROWS * DEPTH,
                            .b = x.b.data,
                            .ldc = n + 3,
                            .c_step = ROWS * (n + 3),
                            .repeats = REPEATS,
                            .m = ROWS,
                            .n = n,
                            .k = DEPTH};
        check(p, &x, "from zero");
        p.start = x.start.data;
        check(p, &x, "from one row");
        p.start_stride = n;
        p.start_step = ROWS * n;
        check(p, &x, "from rows");
        p.start_rows = listed;
        check(p, &x, "from listed rows");
        p.m = 1;
        check(p, &x, "one row");
        p.repeats = 1;
        check(p, &x, "one row once");
        p.ldb = n;
        check(p, &x, "unpacked");
        p.start = NULL;
        check(p, &x, "unpacked from zero");
        arrays_deinit(&x);
    }
}
END_TEST

Suite *shared_product_suite(void) {
    Suite *suite = suite_create("shared_product");
    TCase *products = tcase_create("products");
    tcase_add_test(products, threads_give_the_same_bits);
    suite_add_tcase(suite, products);
    return suite;
}
