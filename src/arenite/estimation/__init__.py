"""What a model will cost on a Cortex-M, told without a compiler: SRAM, flash and time of one inference."""
