#include "harts.h"

/* Harts in pairs; one that is left over runs along. */
struct cell {
    volatile u64 value;
    u64 padding[15];
};

static struct cell first[MAX_HARTS], second[MAX_HARTS], seen[MAX_HARTS];

static int has_partner(u64 hart) { return (int)(hart ^ 1) < harts; }

/* MP: data, then flag; who sees the flag sees the data. */
void message_passing(u64 hart)
{
    u64 pair = hart / 2;
    for (u64 i = 1; i <= rounds && has_partner(hart); i++) {
        if (hart & 1) {
            first[pair].value = i;
            __asm__ volatile("fence w, w" ::: "memory");
            second[pair].value = i;
            while (seen[pair].value != i)
                ;
            fence();
        } else {
            u64 flag = second[pair].value;
            __asm__ volatile("fence r, r" ::: "memory");
            check(first[pair].value >= flag, MESSAGE);
            while (second[pair].value != i)
                ;
            fence();
            check(first[pair].value == i, MESSAGE);
            seen[pair].value = i;
        }
    }
    barrier();
}

/* SB: each stores its own and loads the other's; with a fence between, not both may load the old. */
void store_buffering(u64 hart)
{
    u64 pair = hart / 2;
    struct cell *own = hart & 1 ? &first[pair] : &second[pair], *other = hart & 1 ? &second[pair] : &first[pair];
    for (u64 i = 1; i <= rounds; i++) {
        own->value = 0;
        seen[hart].value = 0;
        fence();
        barrier();
        own->value = 1;
        __asm__ volatile("fence w, r" ::: "memory");
        seen[hart].value = other->value;
        fence();
        barrier();
        if (has_partner(hart))
            check(seen[hart].value | seen[hart ^ 1].value, STORE_BUFFER);
        barrier();
    }
}

/* CoRR: two loads of one word do not see it go back. */
void read_order(u64 hart)
{
    u64 pair = hart / 2;
    if (hart & 1)
        first[pair].value = 0;
    fence();
    barrier();
    for (u64 i = 1; i <= rounds && has_partner(hart); i++) {
        if (hart & 1) {
            first[pair].value = i;
        } else {
            u64 before = first[pair].value;
            u64 after = first[pair].value;
            check(before <= after, READ_ORDER);
        }
    }
    barrier();
}
