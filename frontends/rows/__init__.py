"""Which operators fall into rows that can be computed one by one, and which rows of the operands each row needs."""
