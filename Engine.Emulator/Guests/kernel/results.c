/* Compares what the programs found with values that were computed elsewhere. */
#include "expected.h"
#include "kernel.h"

struct expectation {
    const char *name;
    uint64_t value;
};

static const struct expectation expectations[CHECK_COUNT] = {
    [CHECK_HEAP_SORT] = { "heap sort", EXPECTED_HEAP_SORT },
    [CHECK_QUICK_SORT] = { "quick sort", EXPECTED_QUICK_SORT },
    [CHECK_MATRIX] = { "matrix product", EXPECTED_MATRIX },
    [CHECK_CRC32] = { "CRC-32", EXPECTED_CRC32 },
    [CHECK_SHA256] = { "SHA-256", EXPECTED_SHA256 },
};

static bool is_right[CHECK_COUNT];

bool result_report(uint64_t check, uint64_t value)
{
    if (check >= CHECK_COUNT)
        return false;

    const struct expectation *expectation = &expectations[check];
    is_right[check] = value == expectation->value;
    if (is_right[check])
        print("%s: ok 0x%x\n", expectation->name, value);
    else
        print("%s: FAILED 0x%x, expected 0x%x\n", expectation->name, value, expectation->value);
    return is_right[check];
}

/* Whether every result came and was right. */
bool results_are_complete(void)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (!is_right[check])
            return false;
    }

    return true;
}
