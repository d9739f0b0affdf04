# The user programs, on pages that can be mapped as they are.

    .section .rodata.user, "a"
    .balign 4096
    .globl user_image_start
user_image_start:
    .incbin "user.bin"
    .balign 4096
    .globl user_image_end
user_image_end:
