/* Sorts the same numbers by heap sort and by quick sort. */
#include "user.h"

#define COUNT (384 * 1024)
#define INSERTION_LIMIT 12

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_down(uint32_t *numbers, size_t root, size_t count)
{
    uint32_t value = numbers[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && numbers[child] < numbers[child + 1])
            child++;
        if (numbers[child] <= value)
            break;
        numbers[root] = numbers[child];
    }

    numbers[root] = value;
}

static void heap_sort(uint32_t *numbers, size_t count)
{
    for (size_t root = count / 2; root-- != 0;)
        sift_down(numbers, root, count);
    for (size_t last = count - 1; last != 0; last--) {
        swap(&numbers[0], &numbers[last]);
        sift_down(numbers, 0, last);
    }
}

static void insertion_sort(uint32_t *numbers, size_t count)
{
    for (size_t index = 1; index < count; index++) {
        uint32_t value = numbers[index];
        size_t place = index;
        for (; place != 0 && numbers[place - 1] > value; place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = value;
    }
}

/* Parts the numbers around the median of three; neither part is empty. */
static size_t partition(uint32_t *numbers, size_t count)
{
    uint32_t *middle = &numbers[count / 2];
    uint32_t *last = &numbers[count - 1];
    if (*middle < numbers[0])
        swap(middle, &numbers[0]);
    if (*last < *middle) {
        swap(last, middle);
        if (*middle < numbers[0])
            swap(middle, &numbers[0]);
    }

    uint32_t pivot = *middle;
    size_t left = 0;
    size_t right = count - 1;
    for (;;) {
        while (numbers[left] < pivot)
            left++;
        while (numbers[right] > pivot)
            right--;
        if (left >= right)
            return right + 1;
        swap(&numbers[left++], &numbers[right--]);
    }
}

static void quick_sort(uint32_t *numbers, size_t count)
{
    while (count > INSERTION_LIMIT) {
        size_t left_count = partition(numbers, count);
        size_t right_count = count - left_count;

        /* Recursion into the smaller part keeps the stack small. */
        if (left_count < right_count) {
            quick_sort(numbers, left_count);
            numbers += left_count;
            count = right_count;
        } else {
            quick_sort(numbers + left_count, right_count);
            count = left_count;
        }
    }

    insertion_sort(numbers, count);
}

static uint64_t weighted_sum(const uint32_t *numbers, size_t count)
{
    uint64_t sum = 0;
    for (size_t index = 0; index < count; index++)
        sum += (index + 1) * numbers[index];
    return sum;
}

static void fill(uint32_t *numbers, size_t count)
{
    uint64_t state = 1;
    for (size_t index = 0; index < count; index++)
        numbers[index] = (uint32_t)(next_random(&state) >> 32);
}

static bool is_empty(const uint32_t *numbers, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (numbers[index] != 0)
            return false;
    }

    return true;
}

int sort_main(void)
{
    uint32_t *numbers = (uint32_t *)USER_HEAP;
    fill(numbers, COUNT);
    heap_sort(numbers, COUNT);
    write_line("sort", "numbers sorted by heap sort:", COUNT);
    bool is_right = report(CHECK_HEAP_SORT, weighted_sum(numbers, COUNT));
    release(numbers, COUNT * sizeof *numbers);

    /* Reading it maps the released memory again, page by page. */
    is_right &= is_empty(numbers, COUNT);
    fill(numbers, COUNT);
    quick_sort(numbers, COUNT);
    write_line("sort", "numbers sorted by quick sort:", COUNT);
    is_right &= report(CHECK_QUICK_SORT, weighted_sum(numbers, COUNT));
    return is_right ? 0 : 1;
}
