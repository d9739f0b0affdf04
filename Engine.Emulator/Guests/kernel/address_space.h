/* The kernel's own areas. */
#ifndef ADDRESS_SPACE_H
#define ADDRESS_SPACE_H

#include "types.h"

/* Kernel memory that is mapped on first touch, for data that grows. */
#define KERNEL_AREA 0xffffffc000000000
#define KERNEL_AREA_SIZE (1024 * 1024)

extern char user_image_start[];
extern char user_image_end[];

extern uint64_t *kernel_page_table;

#endif
