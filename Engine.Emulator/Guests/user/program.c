#include "user.h"

int run_program(enum program program)
{
    switch (program) {
    case PROGRAM_SORT:
        return sort_main();
    case PROGRAM_MATRIX:
        return matrix_main();
    case PROGRAM_CHECKSUM:
        return checksum_main();
    default:
        return 1;
    }
}
