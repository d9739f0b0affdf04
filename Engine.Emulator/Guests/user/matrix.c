/* Multiplies two square matrices of integers. */
#include "user.h"

#define ORDER 288

typedef uint32_t matrix[ORDER][ORDER];

static void fill(matrix target, uint64_t seed)
{
    for (size_t row = 0; row < ORDER; row++) {
        for (size_t column = 0; column < ORDER; column++)
            target[row][column] = (uint32_t)(next_random(&seed) >> 32);
    }
}

static void multiply(matrix product, matrix left, matrix right)
{
    for (size_t row = 0; row < ORDER; row++) {
        for (size_t column = 0; column < ORDER; column++) {
            uint32_t sum = 0;
            for (size_t index = 0; index < ORDER; index++)
                sum += left[row][index] * right[index][column];
            product[row][column] = sum;
        }
    }
}

int matrix_main(void)
{
    matrix *matrices = (matrix *)USER_HEAP;
    fill(matrices[0], 2);
    fill(matrices[1], 3);
    multiply(matrices[2], matrices[0], matrices[1]);
    write_line("matrix", "matrices multiplied, of order", ORDER);

    uint64_t digest = 0;
    for (size_t row = 0; row < ORDER; row++) {
        for (size_t column = 0; column < ORDER; column++)
            digest = digest * 31 + matrices[2][row][column];
    }

    return report(CHECK_MATRIX, digest) ? 0 : 1;
}
