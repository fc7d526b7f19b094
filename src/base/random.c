#include "base/random.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

void random_words(uint64_t seed, enum random_purpose purpose, uint32_t a, uint32_t b, uint32_t c,
                  uint32_t words[4]) {
    uint32_t key0 = (uint32_t)seed;
    uint32_t key1 = (uint32_t)(seed >> 32);
    uint32_t x[4] = {a, b, c, (uint32_t)purpose};
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = (uint64_t)RANDOM_MULTIPLIER_0 * x[0];
        uint64_t product1 = (uint64_t)RANDOM_MULTIPLIER_1 * x[2];
        uint32_t y0 = (uint32_t)(product1 >> 32) ^ x[1] ^ key0;
        uint32_t y2 = (uint32_t)(product0 >> 32) ^ x[3] ^ key1;
        x[1] = (uint32_t)product1;
        x[3] = (uint32_t)product0;
        x[0] = y0;
        x[2] = y2;
        key0 += RANDOM_WEYL_0;
        key1 += RANDOM_WEYL_1;
    }
    for (int i = 0; i < 4; i++) {
        words[i] = x[i];
    }
}

uint64_t random_seed_from_system(void) {
    uint64_t seed = 0;
    if (getentropy(&seed, sizeof seed) != 0) {
        struct timespec now;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        seed =
            (uint64_t)now.tv_sec * 1000000007U ^ (uint64_t)now.tv_nsec << 20 ^ (uint64_t)getpid();
    }
    return seed & ((UINT64_C(1) << 53) - 1);
}
