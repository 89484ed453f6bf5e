"""What a built program costs: flash and RAM as linked, instructions counted in QEMU, and cycles estimated from them."""
